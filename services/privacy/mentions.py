"""Mentions: other people's free texts that name the person, found for somebody to look at and never changed.

Texts are compared without accents and capitals, which no database does by itself: it picks what may fit by
the letters that hardly ever carry an accent, and the folded texts decide.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, literal, or_, select
from sqlalchemy.orm import Session

from models import (
    MODELS,
    Contact,
    Customer,
    Document,
    DocumentLine,
    ImportRow,
    Interaction,
    OutboxMessage,
    Vendor,
)
from services import likeness
from services.privacy.reaching import chunks
from services.privacy.registry import Dossier, Scope
from services.text import digits, fold

# Letters to members of the office speak of nobody else.
_OFFICE_MAIL = ("reset", "test")
_SHORTEST = 3
_WORDS = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"[0-9+(][0-9 +\-().\/]{4,}[0-9]")
# Hardly ever written with an accent or as part of another letter, in any language of Latin script.
_PLAIN = re.compile(r"[^bfjkmpqvwx0-9]+")


@dataclass(frozen=True)
class Mention:
    """A text outside the dossier that names the person: the row and its field, and the record to look at.

    kind: a kind of card or document, interaction, message or import; label: how that record is called.
    """

    table: str
    id: int
    field: str
    kind: str
    record_id: int
    label: str


@dataclass
class Terms:
    """What names a person: folded names as words, e-mail addresses, and the last digits of phones."""

    names: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)

    def name_in(self, text: str) -> bool:
        """Whether a text names the person."""
        folded = fold(text)
        words = f" {' '.join(_WORDS.findall(folded))} "
        if any(f" {name} " in words for name in self.names) or any(one in folded for one in self.emails):
            return True
        numbers = [digits(number) for number in _NUMBER.findall(text)] if self.phones else []
        return any(number.endswith(phone) for number in numbers for phone in self.phones)

    @property
    def patterns(self) -> list[str]:
        """LIKE patterns, one of which fits every text that names the person; others may fit as well."""
        kept = {_PLAIN.sub("%", f"%{text}%") for text in self.names | self.emails}
        # A phone may have anything between its digits.
        kept |= {f"%{'%'.join(phone)}%" for phone in self.phones}
        return sorted(kept)


def terms_of(session: Session, scope: Scope) -> Terms:
    """The names, addresses and phones on the cards of a scope."""
    found = Terms()
    for kind, model in MODELS.items():
        parts = [model.first_name, model.last_name, model.email2] if model is Contact else [literal("")] * 3
        columns = [model.name, model.email, model.phone_key, model.mobile_key, *parts]
        for some in chunks(scope.of(kind)):
            for name, email, phone, mobile, first, last, email2 in session.execute(
                select(*columns).where(model.id.in_(some))
            ):
                found.names |= _spellings(name) | _spellings(f"{first} {last}" if first and last else "")
                found.emails |= {key for key in map(likeness.email_key, (email, email2)) if key}
                found.phones |= {key for key in (phone, mobile) if key}
    return found


def find(session: Session, dossier: Dossier) -> list[Mention]:
    """Every text outside the dossier that names its person, card by card."""
    terms = terms_of(session, dossier.scope)
    if not (terms.names or terms.emails or terms.phones):
        return []
    inside = {table: set(dossier.of(table)) for table in _TABLES}
    return [
        *_in_cards(session, terms, inside),
        *_in_documents(session, terms, inside),
        *_in(session, terms, Interaction, ("subject", "body"), "interaction", Interaction.subject, inside),
        *_in_mail(session, terms, inside),
        *_in_imports(session, terms, inside),
    ]


# -- helpers ----------------------------------------------------------------------------------------

_TABLES = (
    *(model.__tablename__ for model in MODELS.values()),
    *("documents", "document_lines", "interactions", "outbox_messages", "import_rows"),
)
Inside = dict[str, set[int]]


def _spellings(name: str) -> set[str]:
    """A name as folded words, also without its legal form, and with its last word first."""
    folded = fold(name)
    found = set()
    for words in (_WORDS.findall(folded), likeness.telling_words(folded)):
        found |= {" ".join(words), " ".join([*words[-1:], *words[:-1]]), " ".join([*words[1:], *words[:1]])}
    return {one for one in found if len(one) >= _SHORTEST}


def _in_cards(session: Session, terms: Terms, inside: Inside) -> Iterator[Mention]:
    for kind, model in MODELS.items():
        names: Sequence[str] = ("contact_person",) if model in (Customer, Vendor) else ()
        yield from _in(session, terms, model, ("notes", *names), kind, model.no + " " + model.name, inside)


def _in_documents(session: Session, terms: Terms, inside: Inside) -> Iterator[Mention]:
    texts = ("subject", "intro", "notes", "contact_person")
    label = Document.no + " " + Document.name
    yield from _in(session, terms, Document, texts, Document.kind, label, inside)
    fits = _fits(terms, DocumentLine.description)
    query = (
        select(DocumentLine.id, Document.kind, Document.id, label, DocumentLine.description)
        .join(Document, Document.id == DocumentLine.document_id)
        .where(fits)
        .order_by(DocumentLine.id)
    )
    for id_, kind, document_id, said, text in session.execute(query):
        if id_ not in inside["document_lines"] and terms.name_in(text):
            yield Mention("document_lines", id_, "description", kind, document_id, said.strip())


def _in_mail(session: Session, terms: Terms, inside: Inside) -> Iterator[Mention]:
    office = set(session.scalars(select(OutboxMessage.id).where(OutboxMessage.kind.in_(_OFFICE_MAIL))))
    found = _in(session, terms, OutboxMessage, ("subject", "body"), "message", OutboxMessage.subject, inside)
    yield from (one for one in found if one.id not in office)


def _in_imports(session: Session, terms: Terms, inside: Inside) -> Iterator[Mention]:
    """Rows of files by the name that they are known by: a refused one keeps it, and has touched no card."""
    query = select(ImportRow.id, ImportRow.batch_id, ImportRow.label).where(_fits(terms, ImportRow.label))
    for id_, batch_id, label in session.execute(query.order_by(ImportRow.id)):
        if id_ not in inside["import_rows"] and terms.name_in(label):
            yield Mention("import_rows", id_, "label", "import", batch_id, label)


def _in(
    session: Session, terms: Terms, model: Any, fields: Collection[str], kind: Any, label: Any, inside: Inside
) -> Iterator[Mention]:
    """The rows of a table outside the dossier with a field that names the person; each field by itself."""
    columns = [getattr(model, name) for name in fields]
    kind_column = literal(kind) if isinstance(kind, str) else kind
    query = select(model.id, kind_column, label, *columns).where(or_(*(_fits(terms, one) for one in columns)))
    for id_, of_kind, said, *texts in session.execute(query.order_by(model.id)):
        if id_ in inside[model.__tablename__]:
            continue
        for name, text in zip(fields, texts, strict=True):
            if terms.name_in(text):
                yield Mention(model.__tablename__, id_, name, of_kind, id_, said.strip())


def _fits(terms: Terms, column: Any) -> Any:
    return and_(column != "", or_(*(column.ilike(pattern) for pattern in terms.patterns)))
