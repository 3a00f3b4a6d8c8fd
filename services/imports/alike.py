"""Rows that would create a card like one that is there, or like an earlier row: skip, create or update (rule C7)."""

from collections.abc import Mapping, Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import ImportBatch, ImportRow
from services import duplicates, likeness
from services.errors import Refused
from services.imports.planning import Plan, Planner, note

CHOICES = ("skip", "create", "update")
# How many cards a row offers to update.
OFFERED = 3


def mark(session: Session, batch: ImportBatch, new: Sequence[tuple[ImportRow, Plan]]) -> None:
    """Mark those of a chunk's new rows that look like a card or an earlier row, and do what all are to do."""
    values = [found.values for _row, found in new]
    cards = duplicates.find_many(session, batch.kind, values, limit=OFFERED) if new else []
    for row, found in new:
        row.alike_key = _key(found)
    earlier = _earlier(session, batch, [row for row, _found in new])
    to_update = []
    for (row, _found), matches in zip(new, cards, strict=True):
        first = earlier.get(row.alike_key, row.row_number)
        same_row = [["row", first, 100, ["name"]]] if first != row.row_number else []
        row.alike = [*(["card", one.id, one.score, list(one.codes)] for one in matches), *same_row]
        if row.alike:
            row.outcome = "duplicate"
            row.choice = _choice_for_all(batch, row)
            if row.choice.isdigit():
                to_update.append(row)
    _plan_again(session, batch, to_update)


def choose(session: Session, batch: ImportBatch, choices: Mapping[int, str]) -> None:
    """Keep what is to be done with rows of these numbers, and what they would then do.

    Raises Refused for a choice that a row does not offer, and when the import cannot be changed any more.
    """
    if batch.state != "checked":
        raise Refused(_l("This import was run already. Upload the file again to import it once more."))
    rows = session.scalars(
        select(ImportRow)
        .where(ImportRow.batch_id == batch.id, ImportRow.outcome == "duplicate")
        .where(ImportRow.row_number.in_(choices))
        .order_by(ImportRow.row_number)
    ).all()
    changed = [row for row in rows if row.choice != choices[row.row_number]]
    for row in changed:
        choice = choices[row.row_number]
        if choice not in ("skip", "create", *map(str, cards_of(row))):
            raise Refused(_l("The rows have changed meanwhile. Look at the list again."))
        row.choice = choice
    _plan_again(session, batch, changed)


def cards_of(row: ImportRow) -> list[int]:
    """The ids of the cards that a row looks like, the likeliest first."""
    return [id_ for what, id_, _score, _codes in row.alike or [] if what == "card"]


def does(row: ImportRow, action: str) -> bool:
    """Whether a row creates, or updates, by its check or by the choice that was made for it."""
    if row.outcome == "duplicate":
        return action == ("update" if row.choice.isdigit() else row.choice)
    return row.outcome == action


def is_left_out(row: ImportRow) -> bool:
    """Whether a row looks like a card that is there and is to be skipped."""
    return does(row, "skip") and row.outcome == "duplicate"


def chosen(session: Session, batch: ImportBatch) -> int:
    """How many rows that look like a card are to create or update one all the same."""
    query = select(func.count()).select_from(ImportRow).where(ImportRow.batch_id == batch.id)
    return session.scalar(query.where(ImportRow.outcome == "duplicate", ImportRow.choice != "skip")) or 0


def _choice_for_all(batch: ImportBatch, row: ImportRow) -> str:
    wanted = batch.options.get("alike", "skip")
    if wanted == "update":
        return next(map(str, cards_of(row)), "skip")
    return str(wanted)


def _plan_again(session: Session, batch: ImportBatch, rows: Sequence[ImportRow]) -> None:
    """Keep what rows would do now that something was chosen for them; a fault shows beside the choice."""
    if rows:
        planner = Planner(session, batch, rows)
        for row in rows:
            note(row, planner.plan(row))


def _key(found: Plan) -> str:
    """What two rows of one file have in common that are about the same: name, city, company.

    "" for a row with a number of its own: the file tells such rows apart.
    """
    if found.no:
        return ""
    name = likeness.core_name(likeness.folded_name(found.values.get("name")))
    city = likeness.folded_city(found.values.get("city"))
    company = found.values.get("company_id") or (f"row {found.waits_for}" if found.waits_for else "")
    return f"{name}|{city}|{company}"


def _earlier(session: Session, batch: ImportBatch, rows: Sequence[ImportRow]) -> dict[str, int]:
    """The first row of the file for each key of these rows."""
    keys = {row.alike_key for row in rows} - {""}
    if not keys:
        return {}
    session.flush()
    query = (
        select(ImportRow.alike_key, func.min(ImportRow.row_number))
        .where(ImportRow.batch_id == batch.id, ImportRow.alike_key.in_(keys))
        .group_by(ImportRow.alike_key)
    )
    return {key: int(number) for key, number in session.execute(query)}
