"""Tax groups: one or more taxes charged together, or none with the reason that is printed."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import TaxGroup, TaxRate
from services import rows
from services.errors import Invalid, Sentence
from services.text import TextProblem, fold

PRESETS = ("CA", "FR")
RATE_FIELDS = ("name", "percent", "valid_from", "valid_to")


def usual_groups(country: str) -> list[TaxGroup]:
    """The tax groups that an office of the country begins with; new rows, in no session.

    Sources: GST 5 % and HST 13, 14, 15 % (Excise Tax Act, s. 165 and sched. VIII; Nova Scotia 14 % since
    April 2025); QST 9.975 % (Act respecting the Québec sales tax, s. 16); VAT 20, 10, 5.5 and 2.1 % (Code
    général des impôts, art. 278 to 281 quater). Rates as of 2026.
    """
    exempt = _group("EXEMPT", _("No tax"), [], _("Not subject to tax"))
    if country == "CA":
        gst, qst = ("TPS/GST", Decimal("5")), ("TVQ/QST", Decimal("9.975"))
        return [
            _group("QC", _("Québec: GST and QST"), [gst, qst]),
            _group("CA", _("Canada: GST"), [gst]),
            _group("HST13", _("Ontario: HST"), [("TVH/HST", Decimal("13"))]),
            _group("HST14", _("Nova Scotia: HST"), [("TVH/HST", Decimal("14"))]),
            _group(
                "HST15",
                _("New Brunswick, Newfoundland and Labrador, Prince Edward Island: HST"),
                [("TVH/HST", Decimal("15"))],
            ),
            exempt,
        ]
    if country == "FR":
        rates = [("20", "20"), ("10", "10"), ("5.5", "55"), ("2.1", "21")]
        return [
            *(_group(f"TVA{code}", f"TVA {rate} %", [("TVA", Decimal(rate))]) for rate, code in rates),
            # What the law wants to read on the invoice, in French whatever its language.
            _group("293B", _("Small business without VAT"), [], "TVA non applicable, art. 293 B du CGI"),
            _group(
                "UE", _("Delivery in the European Union"), [], "Exonération de TVA, art. 262 ter, I du CGI"
            ),
            _group(
                "EXPORT",
                _("Export outside of the European Union"),
                [],
                "Exonération de TVA, art. 262, I du CGI",
            ),
            exempt,
        ]
    return [exempt]


def add_usual_groups(session: Session, country: str) -> list[TaxGroup]:
    """Add the usual groups of a country whose codes are still free; returns what was added."""
    taken = {code.casefold() for code in session.scalars(select(TaxGroup.code))}
    added = [group for group in usual_groups(country) if group.code.casefold() not in taken]
    session.add_all(added)
    session.flush()
    return added


def save_group(session: Session, group: TaxGroup | None, values: Mapping[str, Any]) -> TaxGroup:
    """Add or change a tax group with all its rates; empty rows are left out, ticked ones removed.

    Without `rates` in the values the group keeps those it has. Raises Invalid with names such as
    "rates-0-percent" for the field of a row.
    """
    rules = {
        "code": rows.code(session, TaxGroup, group),
        "name": rows.line(TaxGroup, "name", _l("Enter a name, like “GST and QST”.")),
        "exempt_reason": rows.line(TaxGroup, "exempt_reason"),
    }
    errors: dict[str, Any] = {}
    found: dict[str, Any] = {}
    try:
        found = rows.cleaned(values, rules)
    except Invalid as problem:
        errors |= problem.errors
    group = group or TaxGroup()
    kept = _read_rates(
        values["rates"] if "rates" in values else [_as_typed(rate) for rate in group.rates], errors
    )
    if not errors:
        errors |= _contradictions(kept, found["exempt_reason"])
    if errors:
        raise Invalid(errors)
    rows.write(group, found)
    if [_as_typed(rate) for rate in group.rates] != [rate for _row, rate in kept]:
        group.rates = [TaxRate(position=at, **rate) for at, (_row, rate) in enumerate(kept)]
    session.add(group)
    session.flush()
    return group


def _read_rates(
    rates: Sequence[Mapping[str, Any]], errors: dict[str, Any]
) -> list[tuple[int, dict[str, Any]]]:
    """The rows that stay, each with its place in the form; problems go into `errors`."""
    rules = {
        "name": rows.line(TaxRate, "name", _l("Enter the name of the tax, like GST.")),
        "percent": _percent,
        "valid_from": lambda day: day,
        "valid_to": lambda day: day,
    }
    kept = []
    for row, rate in enumerate(rates):
        is_empty = not rate["name"].strip() and rate["percent"] is None
        if rate.get("remove") or (is_empty and not rate["valid_from"] and not rate["valid_to"]):
            continue
        try:
            kept.append((row, rows.cleaned(rate, rules)))
        except Invalid as problem:
            errors |= {f"rates-{row}-{name}": said for name, said in problem.errors.items()}
    return kept


def _as_typed(rate: TaxRate) -> dict[str, Any]:
    return {name: getattr(rate, name) for name in RATE_FIELDS}


def _percent(value: Decimal | None) -> Decimal:
    if value is None or not 0 <= value <= 100 or value != round(value, 4):
        raise TextProblem(_l("Enter a percentage from 0 to 100, with at most four decimals."))
    return value


def _contradictions(kept: Sequence[tuple[int, Mapping[str, Any]]], reason: str) -> dict[str, Sentence]:
    if not kept and not reason:
        return {"exempt_reason": _l("Enter a tax below, or the reason why there is none: it is printed.")}
    if kept and reason:
        return {
            "exempt_reason": _l("Leave the reason empty, or remove the taxes below: a group has one of them.")
        }
    errors: dict[str, Sentence] = {}
    for at, (row, rate) in enumerate(kept):
        start, end = rate["valid_from"] or date.min, rate["valid_to"] or date.max
        if end < start:
            errors[f"rates-{row}-valid_to"] = _l("Enter a last day that is not before the first one.")
            continue
        for _other_row, other in kept[:at]:
            overlaps = start <= (other["valid_to"] or date.max) and end >= (other["valid_from"] or date.min)
            if overlaps and fold(rate["name"]) == fold(other["name"]):
                errors[f"rates-{row}-valid_from"] = _l(
                    "Two percentages of %(name)s apply on the same day. End the older one the day before.",
                    name=rate["name"],
                )
    return errors


def _group(code: str, name: str, rates: list[tuple[str, Decimal]], exempt_reason: str = "") -> TaxGroup:
    return TaxGroup(
        code=code,
        name=name,
        exempt_reason=exempt_reason,
        rates=[TaxRate(position=at, name=tax, percent=percent) for at, (tax, percent) in enumerate(rates)],
    )
