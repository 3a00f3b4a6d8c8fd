"""What a row of a file will do, and doing it: the check and the run ask the same function.

A plan writes nothing. It goes through the previews of `services.records`, so that what it says about a
card and its whole family is what the door then does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models import MODELS, AnyCard, Contact, ImportRow
from services import fields, records, snapshots, sync
from services.errors import CarnetError, Invalid
from services.imports import values as cell_values
from services.imports.values import Message, Planned, Reading
from services.sync import Change
from services.text import fold


@dataclass
class Plan:
    """What a row does: create, update, skip (nothing differs) or error, with the exact changes."""

    action: str
    label: str = ""
    no: str = ""
    email: str = ""
    record: AnyCard | None = None
    values: dict[str, Any] = field(default_factory=dict)
    # The job title of the card's primary contact, when the row brings another one.
    person_title: tuple[Contact, str] | None = None
    messages: list[Message] = field(default_factory=list)
    # Kind, number and field of each change, with the old and the new text.
    changes: list[list[str]] = field(default_factory=list)


def plan(session: Session, kind: str, row: ImportRow, options: Mapping[str, Any]) -> Plan:
    """What a row would do at this moment."""
    count = options["wrong_rows"].get(str(row.row_number))
    if count is not None:
        sentence = _wrong_count(count, len(options["headers"]))
        label = " · ".join(cell for cell in row.cells or [] if cell.strip())[:100]
        return Plan("error", label=label, messages=[Message("error", "", "", sentence)])
    reading = cell_values.read(session, kind, row.cells or [], options, row.batch_id)
    no, email = (_as_stored(reading, name, options["key"]) for name in ("no", "email"))
    record = _card_of(session, kind, options["key"], no, email, reading)
    _note_earlier_row(session, row, no, email if options["key"] == "email" else "", reading)
    label = _label(reading, record)
    found = Plan("error")
    if not reading.has_errors and record is None:
        found = _plan_create(session, kind, reading)
    elif not reading.has_errors and record is not None:
        found = _plan_update(session, record, reading)
    if reading.has_errors:
        found = Plan("error")
    found.label, found.no, found.email, found.messages = label, no, email, reading.messages
    return found


def carry_out(
    session: Session, kind: str, found: Plan, *, by: int | None, batch: str
) -> tuple[AnyCard, list[Any]]:
    """Do what a plan says, through the doors; returns the card and what undoing it needs."""
    if found.record is None:
        saved = records.create(session, kind, found.values, by=by, batch=batch)
        person_id = getattr(saved.record, "primary_contact_id", None)
        made = [saved.record, saved.contact, session.get(Contact, person_id) if person_id else None]
        return saved.record, [["created", card.KIND, card.id] for card in made if card is not None]
    changes = list(records.save(session, found.record, found.values, by=by, batch=batch).changes)
    if found.person_title is not None:
        person, title = found.person_title
        changes += records.save(session, person, {"job_title": title}, by=by, batch=batch).changes
    return found.record, [
        ["changed", change.record.KIND, change.record.id, change.field, snapshots.storable(change.old)]
        for change in changes
    ]


def _wrong_count(found: int, expected: int) -> Any:
    return _l(
        "This row has %(found)s cells, but there are %(expected)s headings. Put quotation marks around texts"
        " that contain the separator, or correct the row.",
        found=found,
        expected=expected,
    )


# -- which card -------------------------------------------------------------------------------------


def _as_stored(reading: Reading, name: str, key: str) -> str:
    """The number or the e-mail address as a card would hold it; "" for none and for one that does not fit."""
    try:
        value = str(fields.clean("contact", {name: reading.values.get(name, "")})[name])
    except Invalid as problem:
        if name == key:
            reading.leave_out(name, problem.errors[name][0], level="error")
        return ""
    return value.lower() if name == "email" else value


def _card_of(session: Session, kind: str, key: str, no: str, email: str, reading: Reading) -> AnyCard | None:
    """The card that a row is about; None for a new one, and for a row that cannot tell."""
    value = {"no": no, "email": email, "none": ""}[key]
    if not value:
        return None
    model = MODELS[kind]
    condition = model.no == value if key == "no" else func.lower(model.email) == value
    found: list[Any] = list(session.scalars(select(model).where(condition).order_by(model.id).limit(2)))
    if len(found) == 2:
        sentence = _l(
            "%(first)s and %(second)s both have it. Recognise the cards by their numbers instead.",
            first=found[0].no,
            second=found[1].no,
        )
        reading.leave_out(key, sentence, level="error")
        return None
    return found[0] if found else None


def _note_earlier_row(session: Session, row: ImportRow, no: str, email: str, reading: Reading) -> None:
    """A card stands in one row of a file only: the second one would undo the first."""
    same = [column == value for column, value in ((ImportRow.no, no), (ImportRow.email, email)) if value]
    if not same or row.outcome:
        return
    earlier = session.scalar(
        select(ImportRow.row_number)
        .where(ImportRow.batch_id == row.batch_id, or_(*same))
        .where(ImportRow.row_number < row.row_number, ImportRow.outcome.in_(("create", "update", "skip")))
        .limit(1)
    )
    if earlier is not None:
        sentence = _l("Row %(row)s is about the same card. Keep one of the two rows.", row=earlier)
        reading.messages.append(Message("error", "", no or email, sentence))


def _label(reading: Reading, record: AnyCard | None) -> str:
    name = reading.values.get("name") or sync.compose_name(
        {part: str(reading.values.get(part) or "") for part in fields.NAME_PARTS}
    )
    return str(name or (record.name if record is not None else ""))[:100]


# -- what it does -----------------------------------------------------------------------------------


def _plan_create(session: Session, kind: str, reading: Reading) -> Plan:
    waits_for_company = isinstance(reading.values.get("company_id"), Planned)
    if kind == "contact" and not reading.values.get("type") and _is_person(reading.values):
        reading.values["type"] = "person"
    values = _usable_new(session, kind, reading, without=("company_id",) if waits_for_company else ())
    if values is None:
        return Plan("error")
    changes = [
        ["", "", name, "", reading.typed.get(name, "") if name.endswith("_id") else fields.as_text(value)]
        for name, value in values.items()
        if value not in ("", None, False)
    ]
    return Plan("create", values=values, changes=changes)


def _usable_new(
    session: Session, kind: str, reading: Reading, without: Sequence[str]
) -> dict[str, Any] | None:
    """The values of a new card, without those that do not fit; None when the row cannot become a card."""
    reading.values = {name: value for name, value in reading.values.items() if value != ""}
    while not reading.has_errors:
        cell_values.keep_usable(reading, kind)
        _check_contact_person(reading)
        wanted = {name: value for name, value in reading.values.items() if name not in without}
        cell_values.with_remarks(reading, "")
        wanted["notes"] = reading.values.get("notes", "")
        try:
            records.preview_new(session, kind, wanted)
            return wanted
        except Invalid as problem:
            for name, sentences in problem.errors.items():
                reading.leave_out(name if name in reading.values else "name", sentences[0])
        except CarnetError as problem:
            reading.messages.append(Message("error", "", "", problem.message))
    return None


def _plan_update(session: Session, record: AnyCard, reading: Reading) -> Plan:
    title = _settle_contact_person(session, record, reading)
    _leave_out_unchanged(record, reading)
    changes: list[Change] = []
    while not reading.has_errors:
        cell_values.keep_usable(reading, record.KIND, record.country)
        cell_values.with_remarks(reading, record.notes)
        try:
            changes = records.preview(session, record, reading.values)
            break
        except Invalid as problem:
            for name, sentences in problem.errors.items():
                reading.leave_out(name if name in reading.values else "name", sentences[0])
        except CarnetError as problem:
            reading.messages.append(Message("error", "", "", problem.message))
    if title is not None:
        changes += records.preview(session, title[0], {"job_title": title[1]})
    return Plan(
        "update" if changes else "skip",
        record=record,
        values=reading.values,
        person_title=title,
        changes=[_shown(change, reading) for change in changes],
    )


def _is_person(values: Mapping[str, Any]) -> bool:
    return bool(values.get("company_id") or any(values.get(part) for part in fields.NAME_PARTS))


def _check_contact_person(reading: Reading) -> None:
    """A contact person becomes a person contact: a name that does not fit one goes to the notes."""
    name = reading.values.get("contact_person")
    if not name:
        return
    try:
        fields.clean("contact", {"name": name, **sync.split_name(name)})
    except Invalid as problem:
        reading.leave_out("contact_person", next(iter(problem.errors.values()))[0])


def _settle_contact_person(session: Session, record: AnyCard, reading: Reading) -> tuple[Contact, str] | None:
    """A card with a primary contact keeps it: the row may bring that person's title, not another person."""
    person_id = getattr(record, "primary_contact_id", None)
    person = session.get(Contact, person_id) if person_id else None
    if person is None:
        return None
    name, title = (reading.values.pop(key, "") for key in ("contact_person", "contact_person_title"))
    if name and fold(str(name)) != fold(person.name):
        reading.messages.append(
            Message(
                "warning",
                reading.headings["contact_person"],
                reading.typed["contact_person"],
                _l(
                    "Not taken over: the primary contact of %(no)s is %(person)s.",
                    no=record.no,
                    person=person.no,
                ),
            )
        )
        return None
    if not title or title == person.job_title:
        return None
    try:
        return person, fields.clean("contact", {"job_title": title})["job_title"]
    except Invalid as problem:
        reading.leave_out("contact_person_title", problem.errors["job_title"][0])
        return None


def _leave_out_unchanged(record: AnyCard, reading: Reading) -> None:
    """A cell that says what the card holds says nothing: the value may be older than the rules for new ones."""
    for name in list(reading.values):
        stored = getattr(record, name)
        if reading.values[name] == stored or reading.typed.get(name) == fields.as_text(stored):
            del reading.values[name]


def _shown(change: Change, reading: Reading) -> list[str]:
    """A change as the check shows it: a reference by what was typed for it."""
    new = fields.as_text(change.new)
    if change.field.endswith("_id"):
        new = reading.typed.get(change.field, new)
    return [change.record.KIND, change.record.no, change.field, fields.as_text(change.old), new]
