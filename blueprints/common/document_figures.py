"""The documents of a card for the panel beside it: counts that lead to the lists, money, and the last invoices."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from blueprints.common import access, pages
from extensions import db
from models import AnyCard, Contact
from services import clock, formats
from services.documents import figures
from services.documents.kinds import KINDS, STATES


@dataclass(frozen=True)
class Panel:
    """Each part as the template writes it: label and address, label and amount, and lines of invoices."""

    counts: list[dict[str, Any]]
    money: list[dict[str, Any]]
    latest: list[dict[str, Any]]


def of_card(record: AnyCard, linked: Iterable[AnyCard]) -> Panel | None:
    """The panel of a contact, customer or vendor (U-C3); None for who may not see documents, or a bank account."""
    office = pages.office()
    if office is None or record.KIND == "bank_account" or not access.can("view_documents"):
        return None
    found = figures.of_card(db.session(), record, linked, clock.today(office))
    narrowed = "contact" if isinstance(record, Contact) else "party"
    counts = [
        {
            "label": KINDS[kind].label if count == 1 else KINDS[kind].plural,
            "count": count,
            "url": f"{pages.documents_url(kind)}?{narrowed}={record.id}",
        }
        for kind, count in found.counts.items()
    ]
    return Panel(counts, _money(found.owed), [_invoice(row, clock.today(office)) for row in found.latest])


def _money(owed: Iterable[figures.Owed]) -> list[dict[str, Any]]:
    """Balance and overdue of each currency; what a vendor gets is said apart."""
    locale = pages.number_locale()
    found = []
    for one in owed:
        balance = _("Balance") if one.side == "customer" else _("Balance to pay")
        shown = {"label": balance, "amount": formats.format_money(one.balance, one.currency, locale)}
        found.append({**shown, "bad": False})
        if one.overdue > 0:
            late = formats.format_money(one.overdue, one.currency, locale)
            found.append({"label": _("Overdue"), "amount": late, "bad": True})
    return found


def _invoice(row: Any, today: date) -> dict[str, Any]:
    locale = pages.number_locale()
    overdue = row.open is not None and row.due_date is not None and row.due_date < today
    badge: Any = ("bad", _("Overdue")) if overdue else None
    return {
        "url": pages.document_url(row.kind, row.id),
        "no": row.no or _("no number"),
        "day": formats.format_date(row.document_date, locale),
        "total": formats.format_money(row.total, row.currency, locale),
        "badge": ("warn", STATES["draft"]) if row.state == "draft" else badge,
    }
