"""Which rows of a dossier go with the cards that are erased, which are emptied, and which the law keeps."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Document
from services.privacy import fates
from services.privacy.fates import DELETE, REDUCE, WAIT, Fate, Key
from services.privacy.reaching import chunks
from services.privacy.registry import Dossier


@dataclass(frozen=True)
class Papers:
    """The documents of a dossier: those that go, those that stay, and those that only lose their contact.

    What an issued document was made from stays with it.
    """

    going: frozenset[int]
    kept: frozenset[int]
    losing_contact: frozenset[int]


class Going:
    """What the fates of the cards of a dossier mean for the rows that are about them."""

    def __init__(self, session: Session, dossier: Dossier) -> None:
        self.session = session
        self.dossier = dossier
        self.fates: dict[Key, Fate] = fates.of(session, dossier.scope)

    def ids(self, kind: str, *actions: str) -> list[int]:
        """The cards of a kind with one of these fates; all of them without."""
        return [
            id_
            for (of, id_), fate in self.fates.items()
            if of == kind and (fate.action in actions or not actions)
        ]

    def is_gone(self, kind: str, id_: int | None) -> bool:
        """Whether a card of the scope goes, or went before."""
        if id_ is None or id_ not in self.dossier.scope.of(kind):
            return False
        fate = self.fates.get((kind, id_))
        return fate is None or fate.action == DELETE

    def has(self, kind: str, id_: int | None) -> bool:
        """Whether a card is of the scope at all."""
        return id_ is not None and kind != "" and id_ in self.dossier.scope.of(kind)

    @cached_property
    def papers(self) -> Papers:
        """The documents of the dossier by what becomes of them."""
        going: set[int] = set()
        kept: set[int] = set()
        losing: set[int] = set()
        document = Document
        columns = (document.id, document.state, document.contact_id, document.customer_id, document.vendor_id)
        for some in chunks(self.dossier.of("documents")):
            for id_, state, contact_id, customer_id, vendor_id in self.session.execute(
                select(*columns).where(document.id.in_(some))
            ):
                owner = ("customer", customer_id or 0) if customer_id else ("vendor", vendor_id or 0)
                if not customer_id and not vendor_id:
                    owner = ("contact", contact_id or 0)
                fate = self.fates.get(owner)
                if fate is None:
                    (kept if state == "issued" else losing).add(id_)
                elif state == "issued" or fate.action == WAIT:
                    kept.add(id_)
                else:
                    going.add(id_)
        sources = sources_of_issued(self.session, going)
        return Papers(frozenset(going - sources), frozenset(kept | sources), frozenset(losing))

    @property
    def waiting(self) -> list[Fate]:
        """The cards that cannot go yet."""
        return [fate for fate in self.fates.values() if fate.action == WAIT]

    @property
    def reduced(self) -> list[Fate]:
        """The cards that stay as a number with their issued documents."""
        return [fate for fate in self.fates.values() if fate.action == REDUCE]


def sources_of_issued(session: Session, ids: Collection[int]) -> set[int]:
    """Those of the documents that an issued one came from, directly or over others."""
    made_from: dict[int, int] = {}
    issued: set[int] = set()
    looked: set[int] = set()
    wanted = set(ids)
    while wanted - looked:
        found: set[int] = set()
        for some in chunks(wanted - looked):
            query = select(Document.id, Document.source_id, Document.state).where(
                Document.source_id.in_(some)
            )
            for id_, source_id, state in session.execute(query):
                made_from[id_] = source_id or 0
                found.add(id_)
                if state == "issued":
                    issued.add(id_)
        looked |= wanted
        wanted = found
    sources: set[int] = set()
    for id_ in issued:
        while (id_ := made_from.get(id_, 0)) and id_ not in sources:
            sources.add(id_)
    return sources & set(ids)
