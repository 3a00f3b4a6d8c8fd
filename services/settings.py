"""What the office configures: its first settings, its profile, how contacts behave, and its code tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Column, func, select
from sqlalchemy.orm import Session

from extensions import db
from models import (
    PARTY_KINDS,
    BankAccount,
    DocumentSeries,
    Link,
    NumberSeries,
    NumberSeriesLine,
    Office,
    PartyTemplate,
    PaymentTerms,
    RelationCode,
    TaxGroup,
    TaxRate,
    UndoEntry,
)
from models.base import now
from services import checks, fields, rows, taxes
from services.documents.kinds import KINDS
from services.errors import InUse, Invalid, Sentence
from services.text import TextProblem, clean

SERIES = (
    ("contact", "CONT", "CT{000001}"),
    ("customer", "CUST", "C{00001}"),
    ("vendor", "VEND", "V{00001}"),
    ("bank_account", "BANK", "B{00001}"),
)
CODES = {"customer": "CUST", "vendor": "VEND", "bank_account": "BANK"}
SWITCHES = ("create_contacts", "inherit_address", "inherit_communication", "inherit_other")
PAYMENT_TEXT_LIMIT = 1000
CONTACTS_PAGE = ("settings.contacts", _l("Open Settings › Contacts"))
# A row's own lines go with it: they do not keep it from being deleted.
_OWN_LINES = (NumberSeriesLine.__tablename__, TaxRate.__tablename__)
_USERS_OF_CODES: dict[str, Sentence] = {
    "links": _l("Links of contacts"),
    "customers": _l("Customers"),
    "vendors": _l("Vendors"),
    "documents": _l("Documents"),
    "document_lines": _l("Lines of documents"),
    "document_series": _l("Numbers of documents"),
    "items": _l("Items"),
    "office": _l("Settings › Contacts"),
    "party_templates": _l("Templates"),
    "undo_entries": _l("Bin, and links that can be undone"),
}


@dataclass(frozen=True)
class Use:
    """Where a row of the settings is used, and how often."""

    table: str
    what: Sentence
    count: int


def first_settings(
    session: Session, *, name: str, currency: str, language: str, country: str, timezone: str
) -> Office:
    """Make the office with number series, relation codes, payment terms and tax groups to begin with (N6)."""
    descriptions = _descriptions()
    series = {
        kind: NumberSeries(
            code=code, description=descriptions[kind], lines=[NumberSeriesLine(pattern=pattern, warn_at=100)]
        )
        for kind, code, pattern in SERIES
    }
    session.add_all([*series.values(), RelationCode(code="PRESS", description=_("Press"))])
    session.add_all(_first_terms())
    session.add_all(taxes.usual_groups(country))
    office = Office(id=1, name=name, currency=currency, language=language, country=country, timezone=timezone)
    session.add(office)
    session.flush()
    for kind, one in series.items():
        setattr(office, f"{kind}_series_id", one.id)
    use_usual_codes(session, office)
    add_document_series(session, language)
    return office


def add_document_series(session: Session, language: str) -> None:
    """Give each kind of document the series that a new office of this language begins with (N5, N6)."""
    for kind in KINDS.values():
        series = NumberSeries(
            code=kind.series_code,
            description=str(kind.plural),
            manual=not kind.gapless,
            lines=[NumberSeriesLine(pattern=kind.pattern(language), warn_at=100)],
        )
        session.add(DocumentSeries(kind=kind.name, series=series))
    session.flush()


def save_company(office: Office, values: Mapping[str, Any]) -> None:
    """Save who the office is; raises Invalid."""
    rules: dict[str, rows.Rule] = {
        name: rows.line(Office, name) for name in ("address", "address2", "post_code", "city", "region")
    }
    rules |= {
        "name": rows.line(Office, "name", _l("Enter the name of the office.")),
        "country": checks.country,
        "phone": checks.phone,
        "email": checks.email,
        "website": checks.website,
        "currency": rows.filled(checks.currency, _l("Choose the currency of the office.")),
        "language": rows.filled(checks.language, _l("Choose the language of the office.")),
        "timezone": rows.one_of(available_timezones()),
    }
    found = rows.cleaned(values, rules)
    country = found.get("country", office.country)
    found |= rows.cleaned(
        values,
        {
            "vat_no": lambda value: checks.vat_no(value, country),
            "vat_no2": lambda value: checks.vat_no(value, country),
            "registration_no": lambda value: checks.registration_no(value, country),
        },
    )
    rows.write(office, found)


def save_document_defaults(session: Session, office: Office, values: Mapping[str, Any]) -> None:
    """Save what documents begin with and how invoices say that they are paid; raises Invalid (rule O9)."""
    rules: dict[str, rows.Rule] = {
        "tax_group_id": rows.row_of(session, TaxGroup),
        "payment_terms_id": rows.row_of(session, PaymentTerms),
        "payment_account_id": rows.row_of(session, BankAccount),
        "payment_text": lambda value: clean(value, limit=PAYMENT_TEXT_LIMIT, multiline=True),
    }
    found = rows.cleaned(values, rules)
    account_id = found.get("payment_account_id")
    if account_id is not None and session.get_one(BankAccount, account_id).blocked:
        raise Invalid({"payment_account_id": _l("This bank account is blocked. Choose another one.")})
    rows.write(office, found)


# -- contacts and what they are linked with ---------------------------------------------------------


def save_contact_rules(session: Session, office: Office, values: Mapping[str, Any]) -> None:
    """Save which codes and number series cards get and what persons take over; each of them may be empty."""
    rules: dict[str, rows.Rule] = dict.fromkeys(SWITCHES, bool)
    rules["duplicate_percent"] = rows.whole(50, 100, required=True)
    rules |= {f"{kind}_series_id": rows.row_of(session, NumberSeries) for kind, _code, _pattern in SERIES}
    rules |= {f"{kind}_code_id": rows.row_of(session, RelationCode) for kind in PARTY_KINDS}
    found = rows.cleaned(values, rules)
    _check_codes(session, office, {kind: found.get(f"{kind}_code_id") for kind in PARTY_KINDS})
    rows.write(office, found)


def use_usual_codes(session: Session, office: Office) -> list[str]:
    """Fill the relation codes that are empty with CUST, VEND and BANK; returns the codes it set."""
    codes = {code.code: code for code in session.scalars(select(RelationCode))}
    wanted = {kind: code for kind, code in CODES.items() if office.code_id(kind) is None}
    for kind, code in wanted.items():
        if code not in codes:
            codes[code] = RelationCode(code=code, description=_descriptions()[kind])
            session.add(codes[code])
    session.flush()
    _check_codes(session, office, {kind: codes[code].id for kind, code in wanted.items()})
    for kind, code in wanted.items():
        setattr(office, f"{kind}_code_id", codes[code].id)
    session.flush()
    return list(wanted.values())


def _check_codes(session: Session, office: Office, chosen: Mapping[str, int | None]) -> None:
    """A code names one kind of link: never two kinds, and none that contacts were given by hand (rule L3)."""
    errors: dict[str, Sentence] = {}
    codes = {kind: chosen.get(kind, office.code_id(kind)) for kind in PARTY_KINDS}
    for kind, code_id in chosen.items():
        if code_id is None:
            continue
        field = f"{kind}_code_id"
        if any(other != kind and codes[other] == code_id for other in codes):
            errors[field] = _l("Choose a different code for each kind of link.")
        elif session.scalar(
            select(Link.id).where(Link.kind == "", Link.relation_code_id == code_id).limit(1)
        ):
            errors[field] = _l("Contacts were given this code by hand, without a link. Choose another one.")
    if errors:
        raise Invalid(errors)


# -- code tables ------------------------------------------------------------------------------------


def save_relation_code(session: Session, row: RelationCode | None, values: Mapping[str, Any]) -> RelationCode:
    """Add a relation code or rename it; links refer to the row and keep it (rule L4)."""
    rules = {
        "code": rows.code(session, RelationCode, row),
        "description": rows.line(RelationCode, "description"),
    }
    return _store(session, row or RelationCode(), rows.cleaned(values, rules))


def save_terms(session: Session, row: PaymentTerms | None, values: Mapping[str, Any]) -> PaymentTerms:
    """Add or change payment terms."""
    rules = {
        "code": rows.code(session, PaymentTerms, row),
        "name": rows.line(PaymentTerms, "name", _l("Enter a name, like “30 days”.")),
        "days": rows.whole(0, 999, required=True),
        "end_of_month": bool,
    }
    return _store(session, row or PaymentTerms(), rows.cleaned(values, rules))


def save_template(session: Session, row: PartyTemplate | None, values: Mapping[str, Any]) -> PartyTemplate:
    """Add or change a template for new customers or vendors."""
    kind = rows.cleaned(values, {"kind": rows.one_of(("customer", "vendor"))})["kind"]
    rules = {
        "code": rows.code(session, PartyTemplate, row, {"kind": kind}),
        "description": rows.line(PartyTemplate, "description"),
        "payment_terms_id": rows.row_of(session, PaymentTerms),
        "payment_method": rows.one_of(fields.PAYMENT_METHODS),
        "tax_group_id": _tax_group_for(session, kind),
        "currency": checks.currency,
        "country": checks.country,
    }
    return _store(session, row or PartyTemplate(), {"kind": kind} | rows.cleaned(values, rules))


def uses(session: Session, row: Any) -> list[Use]:
    """Where a row of a code table is used: every column of every table that refers to it, and the bin."""
    counts: dict[str, int] = {}
    for column in _references(type(row)):
        count = session.scalar(select(func.count()).where(column == row.id)) or 0
        counts[column.table.name] = counts.get(column.table.name, 0) + count
    names = {column.name for column in _references(type(row))}
    counts["undo_entries"] = _undo_entries_with(session, names, row.id)
    return [Use(name, _USERS_OF_CODES.get(name, name), count) for name, count in counts.items() if count]


def uses_by_row(session: Session, model: Any) -> dict[int, int]:
    """How often each row of a code table is used, in one query for each column that refers to it."""
    counts: dict[int, int] = {}
    for column in _references(model):
        grouped = select(column, func.count()).where(column.is_not(None)).group_by(column)
        for row_id, count in session.execute(grouped):
            counts[row_id] = counts.get(row_id, 0) + count
    return counts


def delete(session: Session, row: Any) -> None:
    """Delete a row of a code table; raises InUse while something refers to it."""
    count = sum(use.count for use in uses(session, row))
    if count:
        raise InUse(
            _l(
                "%(code)s cannot be deleted while it is in use (%(count)s times)."
                " Choose another one there first.",
                code=row.code,
                count=count,
            )
        )
    session.delete(row)
    session.flush()


# -- helpers ----------------------------------------------------------------------------------------


def _store(session: Session, row: Any, values: Mapping[str, Any]) -> Any:
    rows.write(row, values)
    session.add(row)
    session.flush()
    return row


def _tax_group_for(session: Session, kind: str) -> Callable[[Any], int | None]:
    def rule(value: Any) -> int | None:
        chosen: int | None = rows.row_of(session, TaxGroup)(value)
        if chosen is not None and kind == "vendor":
            raise TextProblem(_l("A vendor has no tax group. Leave it empty."))
        return chosen

    return rule


def _references(model: Any) -> list[Column[Any]]:
    """The columns that refer to a table, in the order of the tables' names."""
    return [
        column
        for table in sorted(db.metadata.tables.values(), key=lambda table: table.name)
        for column in table.columns
        if table.name not in _OWN_LINES
        and any(key.column.table is model.__table__ for key in column.foreign_keys)
    ]


def _undo_entries_with(session: Session, names: set[str], row_id: int) -> int:
    """How many entries of the bin would bring back a card or link that refers to the row."""
    entries = session.scalars(
        select(UndoEntry.snapshot).where(UndoEntry.undone_at.is_(None), UndoEntry.expires_at > now())
    )
    return sum(1 for snapshot in entries if _mentions(snapshot, names, row_id))


def _mentions(kept: Any, names: set[str], row_id: int) -> bool:
    if isinstance(kept, list):
        return any(_mentions(one, names, row_id) for one in kept)
    if isinstance(kept, dict):
        return any(
            (name in names and value == row_id) or _mentions(value, names, row_id)
            for name, value in kept.items()
        )
    return False


def _descriptions() -> dict[str, str]:
    return {
        "contact": _("Contacts"),
        "customer": _("Customers"),
        "vendor": _("Vendors"),
        "bank_account": _("Bank accounts"),
    }


def _first_terms() -> list[PaymentTerms]:
    return [
        PaymentTerms(code="NOW", name=_("On receipt"), days=0),
        PaymentTerms(code="30D", name=_("30 days"), days=30),
        PaymentTerms(code="30EOM", name=_("30 days, end of month"), days=30, end_of_month=True),
    ]
