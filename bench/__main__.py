"""python -m bench: measure and print tables in Markdown; --help lists the choices."""

import argparse
import os
import sys
import time

from bench import dossier, figures, jobs, measuring, personal, profiling, report, running
from bench.filling import Samples, fill
from bench.paper_figures import paper_figures
from config import Config

SIZES = (1_000, 10_000, 100_000)
LARGEST = 1_000_000
WITH_BROWSERS = (1, 4, 16)
ONLY = ("requests", "load", "issue", "jobs", "personal", "dossier", "start")


def main() -> int:
    """Measure every database that is there, every size that is asked for."""
    options = _options()
    servers = {"SQLite": ""}
    if options.postgres:
        servers["PostgreSQL"] = options.postgres
    for database, address in servers.items():
        if options.database not in ("", database.lower()):
            continue
        measured = []
        for size in options.sizes:
            with running.empty_database(address) as config:
                _say(f"{database}: filling with {size:,} contacts")
                began = time.monotonic()
                samples = fill(config, size)
                _say(f"filled in {time.monotonic() - began:.0f} s")
                if options.profile:
                    found = profiling.report(config, samples, options.rounds, options.wants)
                    print(f"### {database}, {size:,} contacts\n\n{found}", flush=True)
                else:
                    measured.append(_measure(config, samples, options))
        if measured:
            print(report.tables(database, measured), flush=True)
    return 0


def _measure(config: Config, samples: Samples, options: argparse.Namespace) -> report.Measured:
    found = report.Measured(samples.size)
    if "start" in options.only:
        # The second start: the first one compiles what it imports.
        for _turn in range(2):
            with running.serving(config, floors=False) as server:
                found.others["cold start"] = f"{server.start_seconds:.1f} s"
                found.others["memory, idle"] = f"{server.megabytes():.0f} MB"
    with running.serving(config) as server:
        if "requests" in options.only:
            for figure in (*figures.figures(samples), *paper_figures(samples.papers)):
                if options.wants(figure):
                    found.results.append(measuring.measure(figure, server.port, options.rounds))
                    _say(report.line(found.results[-1]))
        if "load" in options.only:
            for browsers in WITH_BROWSERS:
                found.loads.append(measuring.load(samples, server.port, browsers, options.seconds))
                _say(report.load_line(found.loads[-1]))
            found.others["memory after the load"] = f"{server.megabytes():.0f} MB"
        if options.minutes:
            found.others["memory before the long load"] = f"{server.megabytes():.0f} MB"
            minutes = measuring.endurance(
                samples, server.port, max(WITH_BROWSERS), options.minutes, server.megabytes
            )
            for minute, (rate, memory) in enumerate(minutes, start=1):
                _say(f"minute {minute}: {rate:.0f} operations a second, {memory:.0f} MB")
                found.others[f"memory after {minute} minutes of load"] = f"{memory:.0f} MB"
        if "issue" in options.only:
            found.others["16 clerks who issue at once"] = measuring.issuing(samples.papers, server.port)
            _say(f"16 clerks: {found.others['16 clerks who issue at once']}")
        if "jobs" in options.only:
            work = jobs.Jobs(config, server.port, options.rows)
            found.others |= work.exports(samples.size) | work.rates()
            for what, measured in found.others.items():
                _say(f"{what}: {measured}")
        if "personal" in options.only:
            made = personal.Personal(config, server.port, options.rows // 5, server.megabytes).export()
            found.others |= made
            for what, measured in made.items():
                _say(f"{what}: {measured}")
    if "dossier" in options.only:
        for what, measured in dossier.measure(config, samples).items():
            found.others[what] = measured
            _say(f"{what}: {measured}")
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    sizes = [*SIZES, *([LARGEST] if os.environ.get("LARGE") == "1" else [])]
    parser.add_argument("--sizes", type=_sizes, default=sizes, help="numbers of contacts, with commas")
    parser.add_argument("--rounds", type=int, default=100, help="requests of each figure (100)")
    parser.add_argument("--seconds", type=float, default=20, help="seconds of each load (20)")
    parser.add_argument(
        "--rows",
        type=int,
        default=5000,
        help="rows of the import, and five times the invoices of the export (5000)",
    )
    parser.add_argument("--only", type=_list, default=ONLY, help=f"some of {','.join(ONLY)}")
    parser.add_argument(
        "--minutes", type=int, default=0, help="minutes of a long load that watches the memory (0)"
    )
    parser.add_argument(
        "--profile",
        action="store_true",
        help="processor time in one process, and what the dearest pages spend it in",
    )
    parser.add_argument("--figures", type=_list, help="only figures with one of these words in their name")
    parser.add_argument("--database", default="", choices=("", "sqlite", "postgresql"), help="only this one")
    parser.add_argument(
        "--postgres",
        default=os.environ.get("CARNET_BENCH_POSTGRES") or os.environ.get("CARNET_TEST_POSTGRES", ""),
        help="address of a PostgreSQL server (CARNET_BENCH_POSTGRES, else CARNET_TEST_POSTGRES)",
    )
    options = parser.parse_args()
    options.wants = lambda figure: any(part in figure.name for part in options.figures or [figure.name])
    return options


def _sizes(value: str) -> list[int]:
    return [int(part.replace("_", "")) for part in _list(value)]


def _list(value: str) -> list[str]:
    return [part for part in value.split(",") if part]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
