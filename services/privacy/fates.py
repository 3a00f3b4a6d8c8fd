"""What becomes of each card that is asked to go: it goes, it is kept for the law and reduced, or it must wait."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import MODELS, AnyCard, BankAccount, Contact, Document, Payment
from services.documents.guards import ORDERS
from services.privacy.reaching import chunks
from services.privacy.registry import Scope

DELETE, REDUCE, WAIT = "delete", "reduce", "wait"
Key = tuple[str, int]


@dataclass(frozen=True)
class Fate:
    """What becomes of a card, and the documents that say so, the latest first.

    delete: nothing keeps it; reduce: issued documents or payments do (Y-H3); wait: it has open orders (Y-H2).
    """

    card: AnyCard
    action: str = DELETE
    documents: list[Document] = field(default_factory=list)


def of(session: Session, scope: Scope) -> dict[Key, Fate]:
    """The fate of every card of a scope that is there; those deleted before have none."""
    found: dict[Key, Fate] = {}
    for kind, model in MODELS.items():
        cards: list[AnyCard] = []
        for some in chunks(scope.of(kind)):
            cards += session.scalars(select(model).where(model.id.in_(some)).order_by(model.id))
        for fate in _fates(session, kind, cards):
            found[(kind, fate.card.id)] = fate
    return found


def _fates(session: Session, kind: str, cards: Sequence[AnyCard]) -> list[Fate]:
    if not cards or isinstance(cards[0], Contact):
        return [Fate(card) for card in cards]
    ids = [card.id for card in cards]
    if isinstance(cards[0], BankAccount):
        paid = _paid_with(session, ids)
        return [Fate(card, REDUCE, paid[card.id]) if card.id in paid else Fate(card) for card in cards]
    owner = Document.customer_id if kind == "customer" else Document.vendor_id
    issued: dict[int, list[Document]] = {}
    open_orders: dict[int, list[Document]] = {}
    for some in chunks(ids):
        query = select(Document).where(owner.in_(some)).order_by(Document.id.desc())
        for document in session.scalars(query.where(Document.state == "issued")):
            issued.setdefault(_owner_of(document), []).append(document)
        for document in session.scalars(query.where(Document.state == "open", Document.kind.in_(ORDERS))):
            open_orders.setdefault(_owner_of(document), []).append(document)
    found = []
    for card in cards:
        if card.id in open_orders:
            found.append(Fate(card, WAIT, open_orders[card.id]))
        elif card.id in issued:
            found.append(Fate(card, REDUCE, issued[card.id]))
        else:
            found.append(Fate(card))
    return found


def _owner_of(document: Document) -> int:
    return document.customer_id or document.vendor_id or 0


def _paid_with(session: Session, ids: Sequence[int]) -> dict[int, list[Document]]:
    """By bank account: the documents that were paid with it."""
    query = (
        select(Payment.bank_account_id, Document)
        .join(Document, Document.id == Payment.document_id)
        .where(Payment.bank_account_id.in_(ids))
        .order_by(Document.id.desc())
    )
    found: dict[int, list[Document]] = {}
    for account_id, document in session.execute(query):
        documents = found.setdefault(account_id or 0, [])
        if document not in documents:
            documents.append(document)
    return found
