"""What was measured, as tables in Markdown."""

from dataclasses import dataclass, field

from bench.measuring import Load, Result


@dataclass
class Measured:
    """Everything measured on a database of one size; what was not measured is missing."""

    size: int
    results: list[Result] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    others: dict[str, str] = field(default_factory=dict)


def line(result: Result) -> str:
    """One figure while it runs."""
    return (
        f"{result.name:26} {result.carnet.median:7.2f} ms (95 %: {result.carnet.p95:7.2f})"
        f"   thin {result.thin.median:6.2f}   bare {result.bare.median:5.2f}   {result.ratio:5.1f} × thin"
        f"   {result.bytes:,} bytes"
    )


def load_line(load: Load) -> str:
    """One load while it runs."""
    return (
        f"{load.browsers:3} browsers: {load.carnet:6.0f} operations a second, thin {load.thin:6.0f}:"
        f" {load.carnet / load.thin:.2f} of it, {load.errors} errors"
    )


def tables(database: str, measured: list[Measured]) -> str:
    """All tables of one database."""
    parts = [_requests(measured), _growth(measured), _loads(measured), _others(measured)]
    return "\n\n".join([f"### {database}", *(part for part in parts if part)]) + "\n"


def _requests(measured: list[Measured]) -> str:
    rows = [
        f"| {one.size:,} | {r.name} | {r.carnet.median:.1f} | {r.carnet.p95:.1f} | {r.thin.median:.1f}"
        f" | {r.bare.median:.1f} | {r.ratio:.1f} | {f'{r.limit:.0f}' if r.limit else ''} |"
        for one in measured
        for r in one.results
    ]
    return _table("Contacts | What | Median ms | 95 % ms | Thin ms | Bare ms | × thin | Goal", rows)


def _growth(measured: list[Measured]) -> str:
    """What a figure costs at each size, where the smallest is 1; thin's own growth is taken out nowhere."""
    if len(measured) < 2 or not measured[0].results:
        return ""
    rows = []
    for first in measured[0].results:
        costs = [
            f"{r.carnet.median / r.bare.median / (first.carnet.median / first.bare.median):.2f}"
            for one in measured
            for r in one.results
            if r.name == first.name
        ]
        rows.append(f"| {first.name} | " + " | ".join(costs) + " |")
    return _table("Cost, measured in bare | " + " | ".join(f"{one.size:,}" for one in measured), rows)


def _loads(measured: list[Measured]) -> str:
    rows = [
        f"| {one.size:,} | {load.browsers} | {load.carnet:.0f} | {load.thin:.0f} | {load.carnet / load.thin:.2f}"
        f" | {load.errors} |"
        for one in measured
        for load in one.loads
    ]
    return _table("Contacts | Browsers | Operations a second | Thin | Share | Errors", rows)


def _others(measured: list[Measured]) -> str:
    rows = [f"| {one.size:,} | {what} | {value} |" for one in measured for what, value in one.others.items()]
    return _table("Contacts | What | Measured", rows)


def _table(heads: str, rows: list[str]) -> str:
    if not rows:
        return ""
    return "\n".join([f"| {heads} |", "|---" * (heads.count("|") + 1) + "|", *rows])
