"""What is set up and what is left to do, with the sentence that says so (U-S1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import MODELS, PARTY_KINDS, NumberSeries, Office, PaymentTerms, RelationCode, TaxGroup, User
from models.base import now
from services import fields, series
from services.documents import series as document_series
from services.documents.kinds import KINDS
from services.kept_backups import Kept

BACKUP_DAYS = 7
MOST_CODES = 6


@dataclass(frozen=True)
class Step:
    """One entry of the checklist: its page, whether it is done, and how it stands."""

    name: str
    done: bool
    said: str


def steps(
    session: Session, office: Office, day: date, backups: Sequence[Kept], *, has_mail: bool
) -> list[Step]:
    """The entries of the checklist, in the order in which a new office goes through them."""
    return [
        _company(office),
        _contacts(session, office),
        _series(session, office, day),
        _codes(session, "taxes", TaxGroup),
        _codes(session, "terms", PaymentTerms),
        _documents(session, office),
        _mail(has_mail),
        _users(session),
        _cards(session),
        _backups(backups),
    ]


def _company(office: Office) -> Step:
    missing = [
        str(fields.label(name)) for name in ("address", "city", "country") if not getattr(office, name)
    ]
    if missing:
        return Step("company", False, _("Still empty: %(fields)s", fields=", ".join(missing)))
    return Step("company", True, f"{office.name}, {office.city}")


def _contacts(session: Session, office: Office) -> Step:
    ids = [office.code_id(kind) for kind in PARTY_KINDS]
    if None not in ids:
        codes = {code.id: code.code for code in session.scalars(select(RelationCode))}
        return Step("contacts", True, ", ".join(codes[code_id] for code_id in ids if code_id is not None))
    sentences = {
        "customer": _("Without a code, contacts cannot be linked with customers."),
        "vendor": _("Without a code, contacts cannot be linked with vendors."),
        "bank_account": _("Without a code, contacts cannot be linked with bank accounts."),
    }
    first = next(kind for kind in PARTY_KINDS if office.code_id(kind) is None)
    return Step("contacts", False, sentences[first])


def _series(session: Session, office: Office, day: date) -> Step:
    next_numbers = []
    for kind in MODELS:
        series_id = office.series_id(kind)
        one = session.get(NumberSeries, series_id) if series_id else None
        if one is None:
            said = _("No series for this kind of card: %(kind)s", kind=fields.KIND_NAMES[kind])
            return Step("number-series", False, said)
        if not one.automatic:
            continue
        state = series.state(session, one, day)
        if state.next_no is None:
            return Step("number-series", False, _("The series %(code)s has no number left.", code=one.code))
        if state.few:
            said = _("The series %(code)s has few numbers left: %(left)s", code=one.code, left=state.left)
            return Step("number-series", False, said)
        next_numbers.append(state.next_no)
    return Step("number-series", True, _("Next numbers: %(numbers)s", numbers=", ".join(next_numbers)))


def _documents(session: Session, office: Office) -> Step:
    """What an invoice needs of the office: taxes when nothing else says which, and how it is paid."""
    missing = [
        KINDS[kind].plural for kind, series_id in document_series.chosen(session).items() if not series_id
    ]
    if missing:
        return Step("documents", False, _("No series for these documents: %(kind)s", kind=missing[0]))
    if office.tax_group_id is None:
        return Step("documents", False, _("No tax group for lines that have none of their own."))
    if office.payment_account_id is None and not office.payment_text:
        return Step("documents", False, _("Invoices do not say how they are paid."))
    return Step("documents", True, _("With a logo.") if office.logo_type else _("Without a logo."))


def _codes(session: Session, name: str, model: Any) -> Step:
    codes = session.scalars(select(model.code).order_by(model.code)).all()
    if not codes:
        return Step(name, False, _("None yet."))
    return Step(name, True, ", ".join(codes[:MOST_CODES]) + (" …" if len(codes) > MOST_CODES else ""))


def _mail(has_mail: bool) -> Step:
    if has_mail:
        return Step("mail", True, _("Messages leave through your mail server."))
    return Step("mail", False, _("Messages wait in the outbox until a mail server is named."))


def _users(session: Session) -> Step:
    count = session.scalar(select(func.count(User.id)).where(User.active)) or 0
    if count < 2:
        return Step("users", False, _("Only you. Invite your colleagues, so that nobody shares an account."))
    return Step("users", True, ngettext("%(num)s user", "%(num)s users", count))


def _cards(session: Session) -> Step:
    count = sum(session.scalar(select(func.count(model.id))) or 0 for model in MODELS.values())
    if not count:
        return Step("import", False, _("No card yet. Import your spreadsheets, or add cards one by one."))
    return Step("import", True, ngettext("%(num)s card", "%(num)s cards", count))


def _backups(backups: Sequence[Kept]) -> Step:
    if not backups:
        return Step("backup", False, _("No backup yet."))
    age = max(timedelta(0), now() - backups[0].made_at).days
    if not age:
        return Step("backup", True, _("The last one is less than a day old."))
    said = ngettext("The last one is %(num)s day old.", "The last one is %(num)s days old.", age)
    return Step("backup", age <= BACKUP_DAYS, said)
