"""Finding a person: cards by any of their details, grouped by probable person with the reason (Y-B1 to Y-B3).

Cards that are linked are one record. Records are one probable person when they share an e-mail address, unless
the address is a mailbox, stands on cards of different names, or somebody said that they are not the same.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from models import MODELS, AnyCard, BankAccount, Contact, Link, NotTheSame, UndoEntry, Vendor
from models.base import now
from services import database, likeness
from services.errors import Invalid, NotFound, Refused, Sentence
from services.privacy.reaching import having_email, keys_where
from services.text import PHONE, QUERY_LIMIT, TextProblem, digits, fold, search_terms

FEWEST = 3
# So many cards of each kind are shown; how many there are is always said.
MOST = 50
# Mailboxes of an office: whoever reads them, the address names no person.
_MAILBOXES = (
    "accounting achats admin administration billing bonjour bureau commandes compta comptabilite contact"
    " courriel direction facturation factures hello info infos invoices mail noreply office orders ventes"
    " reception sales secretariat service support welcome"
)
MAILBOXES = frozenset(_MAILBOXES.split())
# A tax number may be typed without its end, such as the program account of a GST number.
_VAT_START = 6

Card = tuple[str, int]


@dataclass
class Record:
    """The cards that are linked with each other: they are one person's, or one company's."""

    cards: list[AnyCard]

    @property
    def keys(self) -> set[Card]:
        """Kind and id of its cards."""
        return {(card.KIND, card.id) for card in self.cards}


@dataclass
class Person:
    """A probable person: records, and the addresses for which they are taken for one."""

    records: list[Record]
    emails: list[str] = field(default_factory=list)

    @property
    def keys(self) -> set[Card]:
        """Kind and id of all cards."""
        return {key for record in self.records for key in record.keys}


@dataclass(frozen=True)
class Found:
    """What a search found: probable persons, deleted cards still in the bin, and how many cards match by kind."""

    persons: list[Person]
    binned: list[UndoEntry]
    totals: dict[str, int]

    @property
    def not_shown(self) -> int:
        """How many cards match and are not shown."""
        return sum(max(0, total - MOST) for total in self.totals.values())


def find(session: Session, typed: str) -> Found:
    """The cards that hold everything that was typed, whatever it is: name, e-mail, phone, number, IBAN (Y-B1).

    Raises Invalid for a text of less than 3 or more than 200 characters.
    """
    text = _checked(typed)
    cards: list[AnyCard] = []
    totals: dict[str, int] = {}
    for kind, model in MODELS.items():
        ids = _matching(session, model, text)
        totals[kind] = len(ids)
        some = sorted(ids)[:MOST]
        cards += session.scalars(
            select(model).where(model.id.in_(some)).order_by(model.search_name, model.id)
        )
    return Found(_persons(session, _records(session, cards)), _binned(session, text), totals)


def keep_apart(session: Session, typed: str, key: Card, *, by: int | None) -> None:
    """Remember that a record is not the person it was shown with; the search never joins them again (Y-B2).

    Raises NotFound when the search does not find the card, Refused when nothing is left to split it from.
    """
    for person in find(session, typed).persons:
        own = next((record for record in person.records if key in record.keys), None)
        if own is None:
            continue
        others = [record for record in person.records if record is not own]
        if not others:
            raise Refused(_l("This is the only record of this person: there is nothing to split it from."))
        session.add_all(
            NotTheSame(kind=kind, record_id=id_, other_kind=other_kind, other_id=other_id, by_id=by)
            for kind, id_ in sorted(own.keys)
            for record in others
            for other_kind, other_id in sorted(record.keys)
        )
        session.flush()
        return
    raise NotFound()


# -- what matches -----------------------------------------------------------------------------------


def _checked(typed: str) -> str:
    text = " ".join(typed.split())
    if len(text) > QUERY_LIMIT:
        raise _invalid(_l("Enter 200 characters at most."))
    if len(fold(text)) < FEWEST:
        raise _invalid(_l("Enter at least 3 characters."))
    try:
        search_terms(text)
    except TextProblem as problem:
        raise _invalid(problem.message) from None
    return text


def _invalid(sentence: Sentence) -> Invalid:
    return Invalid({"q": sentence})


def _matching(session: Session, model: Any, text: str) -> set[int]:
    """The cards that hold the whole text as a number or address, or each of its words somewhere."""
    ways = [_in_text(session, model, text)]
    if as_whole := _exact(model, text):
        ways.append(or_(*as_whole))
    words = [word for word in text.split() if search_terms(word)]
    exact = {word: found for word in words if (found := _exact(model, word))}
    if len(words) > 1 and exact:
        ways.append(and_(*(or_(_in_text(session, model, word), *exact.get(word, [])) for word in words)))
    # One after the other: an index answers each of them, and none answers all at once.
    return {id_ for way in ways for id_ in session.scalars(select(model.id).where(way))}


def _in_text(session: Session, model: Any, text: str) -> ColumnElement[bool]:
    """The folded words of a card contain those of the text; % and _ are characters like any other."""
    return and_(*database.search_condition(session, model.__table__, search_terms(text)))


def _exact(model: Any, text: str) -> list[ColumnElement[bool]]:
    """What a text means when it is an e-mail address, a phone, a tax number or an account number."""
    if "@" in text:
        email = likeness.email_key(text)
        return having_email(model, [email]) if email else []
    if not digits(text):
        return []
    conditions = []
    phone = likeness.phone_key(text) if PHONE.fullmatch(text) else None
    if phone is not None and len(phone) == likeness.PHONE_DIGITS:
        conditions += [model.phone_key == phone, model.mobile_key == phone]
    vat = likeness.vat_key(text) or ""
    if len(vat) >= _VAT_START:
        conditions.append(model.vat_key.startswith(vat, autoescape=True))
    compact = "".join(text.split()).upper()
    if model in (Vendor, BankAccount):
        conditions.append(model.iban == compact)
    if model is BankAccount:
        conditions.append(func.upper(func.replace(BankAccount.account_no, " ", "")) == compact)
    return conditions


def _binned(session: Session, text: str) -> list[UndoEntry]:
    """The deletions in the bin whose label holds every word."""
    words = fold(text).split()
    query = select(UndoEntry).where(
        UndoEntry.action == "delete",
        UndoEntry.undone_at.is_(None),
        UndoEntry.snapshot.is_not(None),
        UndoEntry.expires_at > now(),
    )
    entries = session.scalars(query.order_by(UndoEntry.id.desc()))
    return [entry for entry in entries if all(word in fold(entry.label) for word in words)]


# -- who is one person ------------------------------------------------------------------------------


def _records(session: Session, cards: Sequence[AnyCard]) -> list[Record]:
    """The found cards with those linked to them; a person never with their company."""
    contacts = {card.id for card in cards if isinstance(card, Contact)}
    for kind in ("customer", "vendor", "bank_account"):
        found = [card.id for card in cards if kind == card.KIND]
        contacts |= keys_where(session, Link.contact_id, getattr(Link, f"{kind}_id"), found)
    linked = session.scalars(select(Link).where(Link.contact_id.in_(contacts)).order_by(Link.id)).all()
    hub = {(link.kind, link.party_id): link.contact_id for link in linked if link.kind}
    known: dict[Card, AnyCard] = {(card.KIND, card.id): card for card in cards}
    wanted = [*(("contact", id_) for id_ in contacts), *hub]
    known |= _read(session, [key for key in wanted if key not in known])  # type: ignore[misc]
    records: dict[Card, Record] = {}
    for key, card in sorted(known.items(), key=lambda one: (list(MODELS).index(one[0][0]), one[0][1])):
        root = ("contact", hub[key]) if key in hub else key
        records.setdefault(root, Record([])).cards.append(card)
    return list(records.values())


def _read(session: Session, keys: Iterable[Card]) -> dict[Card, AnyCard]:
    ids = defaultdict(list)
    for kind, id_ in keys:
        ids[kind].append(id_)
    return {
        (kind, card.id): card
        for kind, some in ids.items()
        for card in session.scalars(select(MODELS[kind]).where(MODELS[kind].id.in_(some)))
    }


def _persons(session: Session, records: Sequence[Record]) -> list[Person]:
    """Records joined where a telling address says so and nobody said the contrary, in the order they came."""
    persons = [Person([record]) for record in records]
    apart = _apart(session, {key for record in records for key in record.keys})
    for email, joined in _telling(session, records).items():
        first, *others = [person for person in persons if any(one in joined for one in person.records)]
        for other in others:
            if not any((one, two) in apart for one in first.keys for two in other.keys):
                first.records += other.records
                first.emails += [one for one in [*other.emails, email] if one not in first.emails]
                persons.remove(other)
    return persons


def _telling(session: Session, records: Sequence[Record]) -> dict[str, list[Record]]:
    """The addresses that several records share and that tell one person: not of a mailbox, not of two names."""
    shared: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        for email in {email for card in record.cards for email in _emails(card)}:
            shared[email].append(record)
    several = {email: found for email, found in shared.items() if len(found) > 1 and not _is_mailbox(email)}
    return {email: several[email] for email in several if len(_names_with(session, email)) == 1}


def _emails(card: AnyCard) -> list[str]:
    typed = [card.email, card.email2] if isinstance(card, Contact) else [card.email]
    return [key for key in map(likeness.email_key, typed) if key]


def _is_mailbox(email: str) -> bool:
    name = fold(email.partition("@")[0])
    return name in MAILBOXES or name.rstrip("0123456789") in MAILBOXES


def _names_with(session: Session, email: str) -> set[str]:
    """The names, without what tells nothing, of all cards that have the address, found or not."""
    names: set[str] = set()
    for model in MODELS.values():
        has_it = or_(*having_email(model, [email]))
        names.update(session.scalars(select(model.search_name).where(has_it).distinct()))
    return {likeness.core_name(name) for name in names}


def _apart(session: Session, keys: Collection[Card]) -> set[tuple[Card, Card]]:
    """The pairs among the cards that somebody said are not the same, both ways."""
    ids = [id_ for _kind, id_ in keys]
    rows = session.scalars(select(NotTheSame).where(NotTheSame.record_id.in_(ids)))
    pairs = {((row.kind, row.record_id), (row.other_kind, row.other_id)) for row in rows}
    return pairs | {(two, one) for one, two in pairs}
