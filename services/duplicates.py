"""Possible duplicates: cards that look like one about to be made or changed (rule C7). They refuse nothing."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any

from flask_babel import lazy_gettext as _l
from rapidfuzz import fuzz, process
from sqlalchemy import Integer, Select, and_, bindparam, func, literal, or_, select
from sqlalchemy.orm import Session

from models import MODELS, Link
from services import likeness, making, records
from services.errors import Sentence

# The fields that say whether a card looks like another one.
FIELDS = ("name", "city", "phone", "mobile", "email", "email2", "vat_no")
LIMIT = 5

# How many cards are looked for with one round of queries.
_AT_ONCE = 500
# Close names are looked for in the whole city while it has no more cards than this; in a larger one among
# the names that begin alike, so that the search does not grow with the city.
_SMALL_CITY = 500
_START = 4
_NAMES_READ = 20_000
# A shorter name is close to too many: it has to be the same.
_SHORTEST = 4
# A phone of a switchboard or a name that everybody has: so many cards with the same key are looked at.
_SAME_KEY = 20

_COLUMNS = {
    "search_name": "name",
    "email_key": "email",
    "phone_key": "phone",
    "mobile_key": "phone",
    "vat_key": "vat",
}
_REASONS: dict[str, Sentence] = {
    "name": _l("same name"),
    "email": _l("same e-mail"),
    "phone": _l("same phone"),
    "vat": _l("same VAT or GST no."),
}


@dataclass(frozen=True)
class Match:
    """A card that may be the same: why, in words of `sentences`, and how alike the names are in per cent."""

    kind: str
    id: int
    no: str
    name: str
    city: str
    codes: tuple[str, ...]
    score: int

    @property
    def reasons(self) -> list[Sentence]:
        return sentences(self.codes, self.score)

    @property
    def key(self) -> str:
        """The card in a word, as a form tells that its user has seen it."""
        return f"{self.kind}-{self.id}"


@dataclass
class _Wanted:
    """A card to find others for: what it is compared by, and what was found."""

    name: str
    city: str
    keys: dict[str, set[str]]
    company_id: int | None
    core: str = ""
    found: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    scores: dict[int, float] = field(default_factory=dict)

    def best(self) -> list[int]:
        """The ids of the cards with the most reasons, then with the closest names."""
        order = sorted(self.found, key=lambda id_: (-len(self.found[id_]), -self.scores.get(id_, 0.0), id_))
        return order[:_SAME_KEY]


def sentences(codes: Collection[str], score: int) -> list[Sentence]:
    """The reasons as people read them."""
    said = [sentence for code, sentence in _REASONS.items() if code in codes]
    if "close" in codes:
        said.insert(0, _l("similar name (%(percent)s %%)", percent=score))
    return said


def find(
    session: Session,
    kind: str,
    values: Mapping[str, Any],
    *,
    exclude_id: int | None = None,
    limit: int = LIMIT,
) -> list[Match]:
    """The cards of a kind that look like one with these values, the likeliest first.

    The values may be as they were typed. `exclude_id` is the card itself. A person is not compared by
    phone and e-mail with its own company and colleagues, who share them.
    """
    return find_many(session, kind, [values], exclude_id=exclude_id, limit=limit)[0]


def find_many(
    session: Session,
    kind: str,
    cards: Sequence[Mapping[str, Any]],
    *,
    exclude_id: int | None = None,
    limit: int = LIMIT,
) -> list[list[Match]]:
    """What `find` finds for each of the cards, with a handful of queries for every five hundred."""
    percent = records.office(session).duplicate_percent
    matches: list[list[Match]] = []
    for start in range(0, len(cards), _AT_ONCE):
        wanted = [_wanted(values) for values in cards[start : start + _AT_ONCE]]
        _find_equal(session, MODELS[kind], wanted)
        _find_close(session, MODELS[kind], wanted, percent)
        for one, own in product(wanted, _own(session, kind, exclude_id)):
            one.found.pop(own, None)
        rows = _rows(session, kind, {id_ for one in wanted for id_ in one.best()})
        matches += [_matches(kind, one, rows, exclude_id)[:limit] for one in wanted]
    return matches


def find_for_new(
    session: Session, kind: str, values: Mapping[str, Any], *, limit: int = LIMIT
) -> list[Match]:
    """What a new card looks like: cards of its kind, and contacts it could be made from.

    A party brings its contact with it: a contact that is there already would be the second one.
    """
    found = find(session, kind, values, limit=limit)
    if kind == "contact" or making.why_no_contact(records.office(session), kind) is not None:
        return found
    contacts = find(session, "contact", values, limit=limit)
    linked = _linked(session, kind, [match.id for match in contacts])
    return found + [match for match in contacts if match.id not in linked]


# -- what is compared -------------------------------------------------------------------------------


def _wanted(values: Mapping[str, Any]) -> _Wanted:
    name = likeness.folded_name(values.get("name"))
    phones = (likeness.phone_key(values.get(one)) for one in ("phone", "mobile"))
    emails = (likeness.email_key(values.get(one)) for one in ("email", "email2"))
    keys = {
        "name": {name} - {""},
        "email": {key for key in emails if key},
        "phone": {key for key in phones if key},
        "vat": {key} if (key := likeness.vat_key(values.get("vat_no"))) else set(),
    }
    city = likeness.folded_city(values.get("city"))
    return _Wanted(name, city, keys, values.get("company_id"), likeness.core_name(name))


# The statements are made once: making one takes longer than running it.


@cache
def _with_keys(model: Any, name: str) -> Select[Any]:
    column = getattr(model, name)
    wanted = select(model.id, column).where(column.in_(bindparam("keys", expanding=True)))
    return wanted.limit(bindparam("limit", type_=Integer))


@cache
def _crowded(model: Any) -> Select[Any]:
    city = model.search_city
    wanted = select(city).where(city.in_(bindparam("cities", expanding=True)))
    return wanted.group_by(city).having(func.count() > bindparam("small"))


def _find_equal(session: Session, model: Any, wanted: Sequence[_Wanted]) -> None:
    """Note the cards that have the same key."""
    for column_name, reason in _COLUMNS.items():
        by_key: dict[str, list[_Wanted]] = defaultdict(list)
        for one in wanted:
            for key in one.keys[reason]:
                by_key[key].append(one)
        if not by_key:
            continue
        values = {"keys": list(by_key), "limit": _SAME_KEY * len(by_key)}
        for id_, key in session.execute(_with_keys(model, column_name), values):
            for one in by_key[key]:
                one.found[id_].add(reason)


def _find_close(session: Session, model: Any, wanted: Sequence[_Wanted], percent: int) -> None:
    """Note the cards of the same city whose names are close, legal forms and articles aside."""
    compared = [one for one in wanted if one.city and one.core]
    large = _large_cities(session, model, {one.city for one in compared})
    by_place: dict[tuple[str, str], list[_Wanted]] = defaultdict(list)
    for one in compared:
        by_place[one.city, one.name[:_START] if one.city in large else ""].append(one)
    for place, names in _names(session, model, by_place).items():
        cores = [core for core, _id in names]
        for one in by_place[place]:
            least = percent if len(one.core) >= _SHORTEST else 100
            found = process.extract(one.core, cores, scorer=fuzz.ratio, score_cutoff=least, limit=_SAME_KEY)
            for core, score, at in found:
                one.found[names[at][1]].add("name" if core == one.core else "close")
                one.scores[names[at][1]] = score


def _large_cities(session: Session, model: Any, cities: set[str]) -> set[str]:
    if not cities:
        return set()
    return set(session.scalars(_crowded(model), {"cities": list(cities), "small": _SMALL_CITY}))


def _names(
    session: Session, model: Any, places: Collection[tuple[str, str]]
) -> dict[tuple[str, str], list[tuple[str, int]]]:
    """The names without what tells nothing, and the ids, of each city, or of a start of names in it."""
    name, city = model.search_name, model.search_city
    small = [where for where, start in places if not start]
    conditions = [city.in_(small)] if small else []
    conditions += [
        and_(city == where, name >= start, name < start + "\uffff") for where, start in places if start
    ]
    found: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    lengths = {len(start) for _where, start in places}
    if conditions:
        query = select(city, name, model.id).where(or_(*conditions)).limit(_NAMES_READ)
        for where, folded, id_ in session.execute(query).all():
            core = likeness.core_name(folded)
            for length in lengths:
                place = (where, folded[:length])
                if place in places:
                    found[place].append((core, id_))
    return found


# -- what is no duplicate ---------------------------------------------------------------------------


def _linked(session: Session, kind: str, contact_ids: Sequence[int]) -> set[int]:
    """The contacts that cannot get another party of this kind: the party is among the matches already."""
    if kind == "bank_account" or not contact_ids:
        return set()
    return set(
        session.scalars(select(Link.contact_id).where(Link.kind == kind, Link.contact_id.in_(contact_ids)))
    )


def _own(session: Session, kind: str, record_id: int | None) -> set[int]:
    """The card itself, and with a bank account the others at the same bank."""
    if record_id is None:
        return set()
    if kind != "bank_account":
        return {record_id}
    bank = select(Link.contact_id).where(Link.bank_account_id == record_id).scalar_subquery()
    accounts = session.scalars(
        select(Link.bank_account_id).where(Link.contact_id == bank, Link.kind == "bank_account")
    )
    return {record_id, *accounts}


# -- what is answered -------------------------------------------------------------------------------


def _rows(session: Session, kind: str, ids: set[int]) -> dict[int, Any]:
    if not ids:
        return {}
    model = MODELS[kind]
    company = model.company_id if kind == "contact" else literal(None)
    query = select(model.id, model.no, model.name, model.city, company.label("company_id"))
    return {row.id: row for row in session.execute(query.where(model.id.in_(ids)))}


def _matches(kind: str, one: _Wanted, rows: Mapping[int, Any], exclude_id: int | None) -> list[Match]:
    own_company = (one.company_id or exclude_id) if kind == "contact" else None
    matches = []
    for id_ in one.best():
        row, reasons = rows[id_], one.found[id_]
        is_family = own_company is not None and own_company in (row.id, row.company_id)
        if is_family and not reasons & {"name", "close"}:
            continue
        score = one.scores.get(id_) or fuzz.ratio(
            one.core, likeness.core_name(likeness.folded_name(row.name))
        )
        matches.append(Match(kind, row.id, row.no, row.name, row.city, tuple(sorted(reasons)), int(score)))
    return matches
