"""What a row of a file will do: the check and the run ask the same planner.

A plan writes nothing. It goes through the previews of `services.records`, so that what it says about a
card and its whole family is what the door then does. What the rows of a chunk need of the database is
read for all of them together; each is planned when its turn comes, and sees what the earlier ones did.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models import MODELS, AnyCard, Contact, ImportBatch, ImportRow, Item
from services import checks, fields, new_cards, records, sync, turns
from services.errors import CarnetError, Invalid
from services.fields import FIELDS
from services.imports import references
from services.imports import values as cell_values
from services.imports.references import Planned
from services.imports.values import Message, Reading
from services.privacy import blocks
from services.sync import Change, Family
from services.text import TextProblem, clean, fold


@dataclass
class Plan:
    """What a row does: create, update, skip (nothing differs) or error, with the exact changes."""

    action: str
    label: str = ""
    no: str = ""
    email: str = ""
    record: AnyCard | Item | None = None
    # The checked values of a new card, or the changes of a card and its family.
    values: dict[str, Any] = field(default_factory=dict)
    writes: list[Change] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    # Kind, number and field of each change, with the old and the new text.
    changes: list[list[str]] = field(default_factory=list)
    # The row of the same file that creates, or renames, the company of this person first.
    waits_for: int | None = None


class Planner:
    """Plans the rows of one chunk of an import."""

    def __init__(
        self, session: Session, batch: ImportBatch, rows: Sequence[ImportRow], *, lock: bool = False
    ) -> None:
        self._session, self._kind, self._options = session, batch.kind, batch.options
        right = [row for row in rows if not self._is_wrong(row)]
        self._references = references.read(
            session, batch.id, [row.cells for row in right], self._options, until=_last(rows)
        )
        self._named = {row.row_number: self._names(self._read(row, only=("no", "email"))) for row in right}
        self._cards = self._read_cards()
        self._chosen = self._read_chosen(rows)
        self._families = self._read_families(lock)
        self._blocked = blocks.active_in(session, self._families.values())
        self._earlier = self._read_earlier(batch, rows)
        numbers = {no for no, _email in self._named.values()} - {""}
        companies = {id_ for ids in self._references.companies.values() for id_ in ids}
        self._known = new_cards.known(session, self._kind, numbers, companies)

    def plan(self, row: ImportRow) -> Plan:
        """What a row would do at this moment."""
        turns.give_way()
        if self._is_wrong(row):
            return wrong_count(row, self._options)
        reading = self._read(row)
        no, email = self._names(reading)
        record = self._chosen.get(row.choice)
        if record is None:
            record = self._card_of(no, email, reading)
        else:
            # The card that was chosen keeps its own number.
            reading.values.pop("no", None)
        if not row.outcome:
            self._note_earlier_row(no, email, reading)
        label = _label(reading, record)
        found = Plan("error")
        if not reading.has_errors and record is None:
            found = self._plan_create(reading)
        elif not reading.has_errors and record is not None:
            found = self._plan_update(record, reading)
        if reading.has_errors:
            found = Plan("error")
        elif not row.outcome:
            self._remember(row.row_number, found, no, email, label)
        found.label, found.no, found.email, found.messages = label, no, email, reading.messages
        return found

    def reached(self, found: Plan) -> set[AnyCard]:
        """The cards that a planned change was made of: the card and its whole family."""
        family = self._families.get(found.record) if not isinstance(found.record, Item | None) else None
        cards = {change.record for change in found.writes}
        for one in (family, *family.persons) if family is not None else ():
            cards |= {card for card in (one.contact, *one.parties) if card is not None}
        return cards

    # -- reading for all rows -------------------------------------------------------------------------

    def _read(self, row: ImportRow, only: Sequence[str] | None = None) -> Reading:
        return cell_values.read(self._kind, row.cells or [], self._options, self._references, only)

    def _names(self, reading: Reading) -> tuple[str, str]:
        """The number and the e-mail address that a row names its card by."""
        return self._as_stored(reading, "no"), self._as_stored(reading, "email")

    def _as_stored(self, reading: Reading, name: str) -> str:
        """The number or the e-mail address as a card would hold it; "" for none and for one that does not fit."""
        typed = reading.values.get(name, "")
        try:
            return checks.email(typed).lower() if name == "email" else clean(typed, limit=FIELDS["no"].limit)
        except TextProblem as problem:
            if name == self._options["key"]:
                reading.leave_out(name, problem.message, level="error")
            return ""

    def _keys(self) -> set[str]:
        place = {"no": 0, "email": 1}.get(self._options["key"])
        return {named[place] for named in self._named.values()} - {""} if place is not None else set()

    def _read_cards(self) -> dict[str, list[AnyCard]]:
        """The cards that rows are about, by what tells them apart."""
        found: dict[str, list[AnyCard]] = defaultdict(list)
        keys = self._keys()
        if keys:
            model = MODELS[self._kind]
            by_number = self._options["key"] == "no"
            column: Any = model.no if by_number else func.lower(model.email)
            for record in self._session.scalars(select(model).where(column.in_(keys)).order_by(model.id)):
                found[record.no if by_number else record.email.lower()].append(record)
        return found

    def _read_chosen(self, rows: Sequence[ImportRow]) -> dict[str, AnyCard]:
        """The cards that were chosen for rows which look like them, by the choice."""
        ids = {int(row.choice) for row in rows if row.choice.isdigit()}
        if not ids:
            return {}
        model = MODELS[self._kind]
        return {str(card.id): card for card in self._session.scalars(select(model).where(model.id.in_(ids)))}

    def _read_families(self, lock: bool) -> dict[AnyCard, Family]:
        cards = [*self._chosen.values(), *(card for cards in self._cards.values() for card in cards)]
        return sync.families_of(self._session, self._kind, cards, lock=lock)

    def _read_earlier(self, batch: ImportBatch, rows: Sequence[ImportRow]) -> dict[tuple[str, str], int]:
        """Rows of earlier chunks with the numbers and addresses of these, which would undo each other."""
        numbers = {no for no, _email in self._named.values()} - {""}
        emails = self._keys() if self._options["key"] == "email" else set()
        if not rows or rows[0].outcome or not (numbers or emails):
            return {}
        query = select(ImportRow.row_number, ImportRow.no, ImportRow.email).where(
            ImportRow.batch_id == batch.id,
            ImportRow.row_number < rows[0].row_number,
            ImportRow.outcome.in_(("create", "update", "skip", "duplicate")),
            or_(ImportRow.no.in_(numbers), ImportRow.email.in_(emails)),
        )
        found = {}
        for row_number, no, email in self._session.execute(query.order_by(ImportRow.row_number.desc())):
            found["no", no] = found["email", email] = row_number
        return found

    # -- one row --------------------------------------------------------------------------------------

    def _is_wrong(self, row: ImportRow) -> bool:
        return str(row.row_number) in self._options["wrong_rows"]

    def _card_of(self, no: str, email: str, reading: Reading) -> AnyCard | None:
        """The card that a row is about; None for a new one, and for a row that cannot tell."""
        key = self._options["key"]
        found = self._cards.get({"no": no, "email": email, "none": ""}[key], [])
        if len(found) > 1:
            sentence = _l(
                "%(first)s and %(second)s both have it. Recognise the cards by their numbers instead.",
                first=found[0].no,
                second=found[1].no,
            )
            reading.leave_out(key, sentence, level="error")
            return None
        return found[0] if found else None

    def _note_earlier_row(self, no: str, email: str, reading: Reading) -> None:
        """A card stands in one row of a file only: the second one would undo the first."""
        earlier = self._earlier.get(("no", no)) if no else None
        if earlier is None and email and self._options["key"] == "email":
            earlier = self._earlier.get(("email", email))
        if earlier is not None:
            sentence = _l("Row %(row)s is about the same card. Keep one of the two rows.", row=earlier)
            reading.messages.append(Message("error", "", no or email, sentence))

    def _remember(self, row_number: int, found: Plan, no: str, email: str, label: str) -> None:
        """Later rows of the file meet this one."""
        self._earlier.setdefault(("no", no), row_number)
        self._earlier.setdefault(("email", email), row_number)
        if found.action == "create":
            self._references.plan(row_number, no, label)

    def _plan_create(self, reading: Reading) -> Plan:
        waits_for = reading.values.get("company_id")
        without = "company_id" if isinstance(waits_for, Planned) else ""
        if self._kind == "contact" and not reading.values.get("type") and _is_person(reading.values):
            reading.values["type"] = "person"
        checked, shown = self._usable_new(reading, without)
        if checked is None:
            return Plan("error")
        return Plan(
            "create",
            values=checked,
            changes=[_shown_new(name, checked[name], reading) for name in shown if checked.get(name)],
            waits_for=int(waits_for) if waits_for is not None and without else None,
        )

    def _usable_new(self, reading: Reading, without: str) -> tuple[dict[str, Any] | None, list[str]]:
        """The values of a new card, without those that do not fit, and which of them the row brought.

        None when the row cannot become a card.
        """
        reading.values = {name: value for name, value in reading.values.items() if value != ""}
        while not reading.has_errors:
            _check_contact_person(reading)
            cell_values.with_remarks(reading, "")
            wanted = {name: value for name, value in reading.values.items() if name != without}
            try:
                return new_cards.check(self._session, self._known, self._kind, wanted), list(wanted)
            except Invalid as problem:
                for name, sentences in problem.errors.items():
                    reading.leave_out(name if name in reading.values else "name", sentences[0])
            except CarnetError as problem:
                reading.messages.append(Message("error", "", "", problem.message))
        return None, []

    def _plan_update(self, record: AnyCard, reading: Reading) -> Plan:
        title = _settle_contact_person(self._session, record, reading)
        _leave_out_unchanged(record, reading)
        # A company that is not there yet can only be shown; the run meets its card.
        is_planned = isinstance(reading.values.get("company_id"), Planned)
        waits_for = int(reading.values.pop("company_id")) if is_planned else None
        writes: list[Change] = []
        while not reading.has_errors:
            cell_values.with_remarks(reading, record.notes)
            try:
                writes = records.preview(
                    self._session,
                    record,
                    reading.values,
                    family=self._families.get(record),
                    blocked=self._blocked,
                )
                break
            except Invalid as problem:
                for name, sentences in problem.errors.items():
                    reading.leave_out(name if name in reading.values else "name", sentences[0])
            except CarnetError as problem:
                reading.messages.append(Message("error", "", "", problem.message))
        if title is not None:
            person, job_title = title
            # The person may stand outside the families that were read.
            writes = writes + records.preview(self._session, person, {"job_title": job_title})
        changes = [_shown(change, reading) for change in writes]
        if waits_for is not None:
            changes.append(
                _shown(Change(record, "company_id", getattr(record, "company_id", None), waits_for), reading)
            )
        return Plan(
            "update" if changes else "skip",
            record=record,
            writes=writes,
            changes=changes,
            waits_for=waits_for,
        )


def note(row: ImportRow, found: Plan) -> None:
    """Keep what a row would do, for the page that shows it and for the run that does exactly that."""
    row.label, row.no, row.email = found.label, found.no, found.email
    row.record_id = found.record.id if found.record is not None else None
    row.messages = [message.stored() for message in found.messages]
    row.warnings = sum(message.level == "warning" for message in found.messages)
    row.changes = found.changes


def wrong_count(row: ImportRow, options: Mapping[str, Any]) -> Plan:
    """The plan of a row that has more or fewer cells than there are headings."""
    sentence = _l(
        "This row has %(found)s cells, but there are %(expected)s headings. Put quotation marks around texts"
        " that contain the separator, or correct the row.",
        found=options["wrong_rows"][str(row.row_number)],
        expected=len(options["headers"]),
    )
    label = " · ".join(cell for cell in row.cells or [] if cell.strip())[:100]
    return Plan("error", label=label, messages=[Message("error", "", "", sentence)])


def _last(rows: Sequence[ImportRow]) -> int:
    return rows[-1].row_number if rows else 0


def _label(reading: Reading, record: AnyCard | None) -> str:
    name = reading.values.get("name") or sync.compose_name(
        {part: str(reading.values.get(part) or "") for part in fields.NAME_PARTS}
    )
    return str(name or (record.name if record is not None else ""))[:100]


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


def _shown_new(name: str, value: Any, reading: Reading) -> list[str]:
    return ["", "", name, "", reading.typed.get(name, "") if name.endswith("_id") else fields.as_text(value)]


def _shown(change: Change, reading: Reading) -> list[str]:
    """A change as the check shows it: a reference by what was typed for it."""
    new = fields.as_text(change.new)
    if change.field.endswith("_id"):
        new = reading.typed.get(change.field, new)
    return [change.record.KIND, change.record.no, change.field, fields.as_text(change.old), new]
