"""Making cards, one or thousands: a party with its contact, and that contact with its person (L7, L8).

What is made is planned for each card, and written together: companies before their persons, both before
the party that names its primary contact, then the links and the history.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from models import AnyCard, Contact, Link, Office
from models.base import now
from services import card_rules, fields, history, new_cards, sync, tripwire
from services.errors import CarnetError, Invalid
from services.history import Cause
from services.new_cards import NewCard


@dataclass
class Making:
    """A new card, or a party that has no contact yet, with the contact and the person made for it."""

    cause: Cause
    card: NewCard | None = None
    party: AnyCard | None = None
    contact: NewCard | None = None
    person: NewCard | None = None
    # What writing it changes on the card that was asked for: field, old and new value.
    changes: list[tuple[str, Any, Any]] = field(default_factory=list)

    @property
    def made(self) -> list[NewCard]:
        """The new cards, the one that was asked for first."""
        return [card for card in (self.card, self.contact, self.person) if card is not None]

    @property
    def subject(self) -> tuple[str, int]:
        """Kind and id of the card that was asked for."""
        if self.card is not None:
            return self.card.kind, self.card.id
        assert self.party is not None
        return self.party.KIND, self.party.id


Outcome = Making | CarnetError


def create_many(
    session: Session, kind: str, cards: Sequence[Mapping[str, Any]], *, by: int | None, batch: str = ""
) -> list[Outcome]:
    """Make cards of one kind in a few statements, parties with their contacts when the settings allow it.

    Each is made whole or not at all: its place in the answer holds what was made, or the refusal.
    """
    known = new_cards.known_for(session, kind, cards)
    checked: list[dict[str, Any] | CarnetError] = []
    for values in cards:
        try:
            checked.append(new_cards.check(session, known, kind, values))
        except CarnetError as refusal:
            checked.append(refusal)
    return make_many(session, kind, checked, by=by, batch=batch)


def make_many(
    session: Session,
    kind: str,
    checked: Sequence[dict[str, Any] | CarnetError],
    *,
    by: int | None,
    batch: str = "",
) -> list[Outcome]:
    """Make cards like `create_many` of values that `new_cards.check` gave in this transaction."""
    office = session.get_one(Office, 1)
    with_contact = kind != "contact" and why_no_contact(office, kind) is None
    outcomes: list[Outcome] = []
    for values in checked:
        if isinstance(values, CarnetError):
            outcomes.append(values)
            continue
        cause = history.cause(by, batch)
        making = Making(cause, NewCard(kind, values, cause))
        try:
            if with_contact:
                _plan_contact(making, office, kind, values)
            outcomes.append(making)
        except CarnetError as refusal:
            outcomes.append(refusal)
    return _write_all(session, office, outcomes)


def create_contacts(
    session: Session, parties: Sequence[AnyCard], *, by: int | None, batch: str = ""
) -> list[Outcome]:
    """Make and link the contacts of parties that have none, in a few statements; answers like `create_many`."""
    office = session.get_one(Office, 1)
    outcomes: list[Outcome] = []
    for party in parties:
        making = Making(history.cause(by, batch), party=party)
        values = {name: getattr(party, name) for name in new_cards.columns(party.KIND)}
        try:
            _plan_contact(making, office, party.KIND, values)
            outcomes.append(making)
        except CarnetError as refusal:
            outcomes.append(refusal)
    return _write_all(session, office, outcomes)


def why_no_contact(office: Office, kind: str) -> str | None:
    """What keeps a new party of this kind from getting a contact: "code", "series", "switch"; or None."""
    if office.code_id(kind) is None:
        return "code"
    if office.contact_series is None or not office.contact_series.automatic:
        return "series"
    return None if office.create_contacts else "switch"


# -- planning ---------------------------------------------------------------------------------------


def _plan_contact(making: Making, office: Office, kind: str, values: Mapping[str, Any]) -> None:
    """Plan the contact of a party with these values, and its contact person as a person of that company."""
    shared = {name: values[name] for name in fields.SHARED[kind] if name in values}
    shared["type"] = values.get("contact_type") or "company"
    contact = card_rules.complete_contact(office, shared, {})
    making.contact = NewCard("contact", contact, making.cause)
    if not values.get("contact_person") or contact["type"] != "company":
        return
    typed = {
        "type": "person",
        "name": values["contact_person"],
        "job_title": values.get("contact_person_title") or "",
    }
    try:
        person = card_rules.complete_contact(office, fields.clean("contact", typed), {})
    except Invalid as problem:
        raise Invalid(
            {"contact_person": problem.errors.get("name") or problem.errors["job_title"]}
        ) from problem
    person |= sync.inherited_by_new_person(contact, person, office)
    making.person = NewCard("contact", person, making.cause)


# -- writing ----------------------------------------------------------------------------------------


def _write_all(session: Session, office: Office, outcomes: list[Outcome]) -> list[Outcome]:
    """Write together what was planned; when one card cannot be written, each by itself."""
    planned = [outcome for outcome in outcomes if isinstance(outcome, Making)]
    if len(planned) < 2:
        return [_write_one(session, office, outcome) for outcome in outcomes]
    try:
        with session.begin_nested():
            _write(session, office, planned)
    except CarnetError:
        return [_write_one(session, office, outcome) for outcome in outcomes]
    return outcomes


def _write_one(session: Session, office: Office, outcome: Outcome) -> Outcome:
    if isinstance(outcome, CarnetError):
        return outcome
    for card in outcome.made:
        card.forget()
    try:
        with session.begin_nested():
            _write(session, office, [outcome])
    except CarnetError as refusal:
        return refusal
    return outcome


def _write(session: Session, office: Office, makings: Sequence[Making]) -> None:
    new_cards.write(session, [making.contact for making in makings if making.contact is not None])
    for making in makings:
        if making.person is not None and making.contact is not None:
            making.person.values["company_id"] = making.contact.id
    new_cards.write(session, [making.person for making in makings if making.person is not None])
    for making in makings:
        making.changes = _name_primary_contact(session, making)
    new_cards.write(session, [making.card for making in makings if making.card is not None])
    session.flush()
    _write_links(session, office, [making for making in makings if making.contact is not None])
    history.write_many(session, [line for making in makings for line in _lines(making)])


def _name_primary_contact(session: Session, making: Making) -> list[tuple[str, Any, Any]]:
    """Let the party name its new primary contact instead of the typed person; returns what changes."""
    if making.person is None:
        return []
    wanted = {"primary_contact_id": making.person.id, "contact_person": "", "contact_person_title": ""}
    if making.card is not None:
        present = {name: making.card.values.get(name) or None for name in wanted}
        making.card.values.update(wanted)
    else:
        assert making.party is not None
        present = {name: getattr(making.party, name) for name in wanted}
        for name, value in wanted.items():
            tripwire.announce(session, making.party, name, value)
        for name, value in new_cards.folded_of(making.party).items():
            tripwire.announce(session, making.party, name, value)
        tripwire.announce(session, making.party, "updated_at", now())
        tripwire.announce(session, making.party, "updated_by", making.cause.by)
    return [(name, present[name], value) for name, value in wanted.items() if present[name] or value]


def _write_links(session: Session, office: Office, makings: Sequence[Making]) -> None:
    if not makings:
        return
    kind = makings[0].subject[0]
    moment = now()
    tripwire.insert(
        session,
        Link,
        [
            {
                "contact_id": making.contact.id,
                "relation_code_id": office.code_id(kind),
                "kind": kind,
                f"{kind}_id": making.subject[1],
                "created_at": moment,
                "created_by": making.cause.by,
            }
            for making in makings
            if making.contact is not None
        ],
    )


def _lines(making: Making) -> list[dict[str, Any]]:
    """The history of what was made, each line on its card."""
    cause, subject = making.cause, making.subject
    lines = [] if making.card is None else [history.line(subject, "created", cause)]
    if making.contact is not None:
        contact = (Contact.KIND, making.contact.id)
        lines += [
            history.line(contact, "created", cause, origin=subject),
            history.line(contact, "linked", cause, origin=subject),
            history.line(subject, "linked", cause, origin=contact),
        ]
    if making.person is not None:
        lines.append(history.line((Contact.KIND, making.person.id), "created", cause, origin=subject))
    return lines + [
        history.line(subject, "changed", cause, field=name, old=old, new=new)
        for name, old, new in making.changes
    ]
