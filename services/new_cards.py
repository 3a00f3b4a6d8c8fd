"""New cards on their way into the database: their values checked, their rows written many at a time.

`services.records` decides what is made; here one card and ten thousand take the same road: the values are
checked with a few queries for all of them, the rows go in with one statement for each table.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import MODELS, AnyCard, Contact, NumberSeries, Office
from models.base import now
from services import card_rules, clock, database, fields, likeness, numbers, sync, tripwire, turns
from services.fields import FIELDS, NAME_PARTS
from services.history import Cause
from services.text import search_text

SEARCHED = (
    "no",
    "name",
    "name2",
    "email",
    "email2",
    "phone",
    "mobile",
    "fax",
    "city",
    "label",
    "contact_person",
    "vat_no",
)

SEARCHED_OF = {
    kind: tuple(name for name in SEARCHED if hasattr(model, name)) for kind, model in MODELS.items()
}


@dataclass
class NewCard:
    """A card to be made: its checked values, and after `write` its number and id."""

    kind: str
    values: dict[str, Any]
    cause: Cause
    no: str = ""
    id: int = 0
    given: bool = False

    def forget(self) -> None:
        """Let go of what a write that failed has given: the number and the id."""
        if self.given:
            self.values["no"] = ""
        self.no, self.id, self.given = "", 0, False


@dataclass
class Known:
    """What checking new cards of a kind needs of the database, read once for all of them."""

    office: Office
    # Held, so that the session does not read it anew for every card.
    series: NumberSeries | None
    taken: set[str] = field(default_factory=set)
    companies: dict[int, Contact] = field(default_factory=dict)


def known(session: Session, kind: str, numbers_: Collection[str], companies: Collection[int]) -> Known:
    """Read what `check` needs for new cards with these typed numbers, of persons of these companies."""
    office = session.get_one(Office, 1)
    found = Known(office, numbers.series_of(session, office, kind))
    model = MODELS[kind]
    if numbers_:
        found.taken = set(session.scalars(select(model.no).where(model.no.in_(numbers_))))
    if companies and kind == "contact":
        # Locked, so that a person never joins a company that goes at the same moment.
        locked = select(Contact).where(Contact.id.in_(companies)).order_by(Contact.id).with_for_update()
        found.companies = {company.id: company for company in session.scalars(locked)}
    return found


def known_for(session: Session, kind: str, cards: Collection[Mapping[str, Any]]) -> Known:
    """The same for cards whose values are there already."""
    typed = {no for values in cards if (no := values.get("no"))}
    companies = {id_ for values in cards if (id_ := values.get("company_id"))}
    return known(session, kind, typed, companies)


def check(session: Session, found: Known, kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a new card would have; raises what making it would raise, and writes nothing.

    A typed number counts as taken from then on. Without one the card takes the next of its series.
    """
    wanted = only_known(kind, values)
    if kind == "contact" and any(wanted.get(name) for name in NAME_PARTS):
        parts = {**dict.fromkeys(NAME_PARTS, ""), **wanted}
        wanted["name"] = wanted.get("name") or sync.compose_name(parts)
    cleaned = fields.clean(kind, {"name": "", **wanted})
    if kind == "contact":
        cleaned = card_rules.complete_contact(found.office, cleaned, found.companies)
    card_rules.check_references(session, None, kind, cleaned)
    card_rules.check_birth_date(found.office, cleaned)
    no = cleaned.get("no")
    if no:
        numbers.check_typed(session, found.office, kind, no, taken=no in found.taken)
        found.taken.add(no)
    else:
        numbers.usable(found.series, kind)
    return cleaned


def only_known(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are fields of this kind of card."""
    names = columns(kind)
    return {name: value for name, value in values.items() if name in names}


@cache
def columns(kind: str) -> frozenset[str]:
    """The fields that are columns of this kind of card."""
    return frozenset(name for name in FIELDS if name in MODELS[kind].__table__.columns)


def write(session: Session, cards: Sequence[NewCard]) -> None:
    """Insert cards of one kind, and give numbers to those without one; their history is the caller's.

    Raises Exhausted when the series has too few numbers left.
    """
    if not cards:
        return
    kind = cards[0].kind
    settings = session.get_one(Office, 1)
    without = [card for card in cards if not card.values.get("no")]
    given = numbers.next_card_numbers(session, settings, kind, clock.today(settings), len(without))
    for card, no in zip(without, given, strict=True):
        card.given, card.values["no"] = True, no
    moment = now()
    table = MODELS[kind].__table__
    # A single card enters the search index by itself, with four statements fewer.
    with database.indexed_at_once(session, table.name) if len(cards) > 1 else nullcontext():
        for some in turns.in_turns(cards):
            tripwire.insert(session, MODELS[kind], [_row(card, moment) for card in some])
    ids = numbers.ids_by_number(session, kind, [card.values["no"] for card in cards])
    for card in cards:
        card.no = card.values["no"]
        card.id = ids[card.no]


def folded_of(record: AnyCard) -> dict[str, str | None]:
    """The folded columns of a card as it now is."""
    return folded_with(record, {})


def folded_with(record: AnyCard, changed: Mapping[str, Any]) -> dict[str, str | None]:
    """The same of a card that will have other values."""
    names = SEARCHED_OF[record.KIND]
    return folded({name: changed[name] if name in changed else getattr(record, name) for name in names})


def folded(values: Mapping[str, Any]) -> dict[str, str | None]:
    """The columns that searches, alphabetical lists and possible duplicates read, of a card with these values."""
    get = {name: values.get(name) or "" for name in SEARCHED}
    return {
        "search_name": likeness.folded_name(get["name"]),
        "search_city": likeness.folded_city(get["city"]),
        "search_text": search_text(
            no=get["no"],
            names=[get["name"], get["name2"], get["label"], get["contact_person"]],
            emails=[get["email"], get["email2"]],
            phones=[get["phone"], get["mobile"], get["fax"]],
            city=get["city"],
        ),
        **likeness.keys(get),
    }


def fold_card(record: AnyCard) -> None:
    """Set the folded columns of a card on its way in, whatever its values came with."""
    for name in ("name", "city"):
        if getattr(record, name) is None:
            setattr(record, name, "")
    for name, value in folded_of(record).items():
        setattr(record, name, value)


# -- helpers ----------------------------------------------------------------------------------------


@cache
def _defaults(kind: str) -> dict[str, Any]:
    """What a new row holds where nothing is said; one statement needs the same columns in every row."""
    found: dict[str, Any] = {}
    for column in MODELS[kind].__table__.columns:
        if column.primary_key or (column.default is not None and column.default.is_callable):
            continue
        found[column.key] = column.default.arg if column.default is not None else None
    return found


def _row(card: NewCard, moment: datetime) -> dict[str, Any]:
    return {
        **_defaults(card.kind),
        **card.values,
        **folded(card.values),
        "created_at": moment,
        "updated_at": moment,
        "created_by": card.cause.by,
        "updated_by": card.cause.by,
    }
