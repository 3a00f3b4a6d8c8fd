"""Taking back what a row of an import did, as long as nobody used its cards since."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import MODELS, AnyCard, Contact, HistoryEntry, ImportRow
from services import card_rules, deletion, history, records, snapshots, sync
from services.documents import guards
from services.errors import Refused
from services.imports import items
from services.privacy import blocks

CAN_BE_UNDONE = ("created", "updated")


def take_back(session: Session, row: ImportRow, batch: str, *, by: int | None) -> None:
    """Remove what a row made, give what it changed its old values; Refused when one was used since."""
    entries = row.undo or []
    if any(entry[1] == items.KIND for entry in entries):
        items.take_back(session, row, by=by)
        return
    made = _existing(session, (entry[1:3] for entry in entries if entry[0] == "created"))
    changed = _existing(session, (entry[1:3] for entry in entries if entry[0] == "changed"))
    for created in made.values():
        _check_unused(session, created, batch, [*made.values(), *changed.values()], made_here=True)
    for updated in changed.values():
        _check_unused(session, updated, batch, (), made_here=False)
    cause = history.cause(by, batch)
    changes = []
    for _changed, kind, id_, name, old in (entry for entry in entries if entry[0] == "changed"):
        card = changed.get((kind, id_))
        if card is not None:
            changes.append(sync.Change(card, name, getattr(card, name), snapshots.read(kind, name, old)))
    for card in {change.record for change in changes}:
        blocked = blocks.active_in(session, [sync.family_of(session, card)])
        card_rules.check_not_blocked([change for change in changes if change.record is card], blocked)
    records.carry_out(session, changes, cause)
    # A party goes before the contacts it names, a person before its company.
    for created in sorted(made.values(), key=_order):
        deletion.remove(session, [created], cause)


def _existing(session: Session, names: Iterable[list[Any]]) -> dict[tuple[str, int], AnyCard]:
    found: dict[tuple[str, int], AnyCard] = {}
    for kind, id_ in names:
        card: Any = session.get(MODELS[kind], id_, with_for_update=True, populate_existing=True)
        if card is not None:
            found[(kind, id_)] = card
    return found


def _check_unused(
    session: Session, card: AnyCard, batch: str, taken_back: Iterable[AnyCard], *, made_here: bool
) -> None:
    """Refuse when anything but this import touched the card after it, or a card needs it that stays as it is."""
    of_card = (HistoryEntry.kind == card.KIND, HistoryEntry.record_id == card.id)
    others = select(HistoryEntry.id).where(*of_card, HistoryEntry.batch != batch)
    if not made_here:
        ours = select(func.max(HistoryEntry.id)).where(*of_card, HistoryEntry.batch == batch)
        others = others.where(HistoryEntry.id > (session.scalar(ours) or 0))
    used = session.scalar(others.limit(1)) is not None
    if made_here and isinstance(card, Contact):
        needed_by = [
            *records.persons_of(session, card),
            *card_rules.primary_contact_holders(session, [card.id]),
        ]
        used = used or any(other not in taken_back for other in needed_by)
    used = used or (made_here and guards.is_used(session, card))
    if used:
        raise Refused(
            _l("%(no)s was used or changed after the import, so this row stays.", no=card.no), record=card
        )


def _order(card: AnyCard) -> tuple[bool, bool]:
    return isinstance(card, Contact), isinstance(card, Contact) and card.company_id is None
