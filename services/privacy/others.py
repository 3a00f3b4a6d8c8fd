"""Names of other people in the data of a person: found, counted, and hidden where the office wants it (R-PRIV-2)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from models import Contact, Customer, User, Vendor
from services.privacy.registry import Scope
from services.privacy.sheets.rows import Row, read
from services.text import fold

# A single word of fewer letters is found in too many others.
SHORTEST = 4


class Others:
    """The persons near the subject who are not part of what is exported, and what hides them."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        """`names`: each person's name and the number that stands for it."""
        self._marks: dict[str, str] = {}
        for name, mark in names:
            if len(name) >= SHORTEST:
                self._marks.setdefault(_key(name), mark)
        spellings = sorted((_spelling(key) for key in self._marks), key=len, reverse=True)
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(spellings)})(?!\w)") if spellings else None

    def found_in(self, row: Row) -> bool:
        """Whether a text of the row names one of them."""
        return any(self._matches(value) for value in row.values.values() if isinstance(value, str))

    def hidden(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """The values with numbers in place of the names, and the keys of those that had one."""
        kept, touched = dict(values), []
        for key, value in values.items():
            if isinstance(value, str) and self._matches(value):
                kept[key] = self._without(value)
                touched.append(key)
        return kept, touched

    def _matches(self, text: str) -> bool:
        return self._pattern is not None and bool(self._pattern.search(fold(text)))

    def _without(self, text: str) -> str:
        """The text with the numbers of the persons in place of their names."""
        assert self._pattern is not None
        folded, places = _folded(text)
        parts, end = [], 0
        for match in self._pattern.finditer(folded):
            first, last = places[match.start()], places[match.end() - 1] + 1
            parts += [text[end:first], self._marks.get(_key(match[0])) or _("[withheld]")]
            end = last
        # What is found only when blanks are taken together has no place of its own.
        return "".join([*parts, text[end:]]) if end else _("[withheld]")


def near(session: Session, scope: Scope) -> Others:
    """Persons of the same companies and contact persons of the same parties who are not in the scope; and the staff."""
    return Others(_persons(session, scope))


def _persons(session: Session, scope: Scope) -> Iterator[tuple[str, str]]:
    own = {row.name for row in read(session, [Contact.name], Contact.id, [*scope.contact])}
    colleague = aliased(Contact)
    companies = select(colleague.company_id).where(colleague.id.in_(scope.contact))
    near_by = [Contact.company_id.in_(scope.contact), Contact.company_id.in_(companies)]
    for model, ids in ((Customer, scope.customer), (Vendor, scope.vendor)):
        near_by.append(Contact.id.in_(select(model.primary_contact_id).where(model.id.in_(ids))))
    query = select(Contact.id, Contact.no, Contact.name).where(Contact.type == "person", or_(*near_by))
    for id_, no, name in session.execute(query):
        if id_ not in scope.contact and name not in own:
            yield name, no
    for name in session.scalars(select(User.name)):
        if name not in own and " " in name:
            yield name, ""


def _key(name: str) -> str:
    return " ".join(fold(name).split())


def _spelling(key: str) -> str:
    return r"\s+".join(re.escape(word) for word in key.split())


def _folded(text: str) -> tuple[str, list[int]]:
    """The text as it is compared, and for each of its characters the place it has in the text."""
    folded, places = [], []
    for place, character in enumerate(text):
        for one in fold(character) or (character if character.isspace() else ""):
            folded.append(one)
            places.append(place)
    return "".join(folded), places
