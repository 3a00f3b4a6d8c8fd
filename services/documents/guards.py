"""What documents say when a card is to be deleted: which of them forbid it, which go along (rules D1, D3)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, bindparam, func, select
from sqlalchemy.orm import Session

from models import AnyCard, BankAccount, Contact, Customer, Document, Payment
from services.documents.kinds import KINDS
from services.errors import Refused, Sentence

ORDERS = tuple(
    name for name, kind in KINDS.items() if not kind.freezes and name not in ("quote", "purchase_quote")
)
# So many of the documents in the way are listed; their number is always told.
MOST_LISTED = 50


class Invoiced(Refused):
    """Issued documents, payments or open orders keep a card from being deleted; it can be blocked."""


@dataclass(frozen=True)
class Verdict:
    """Why a card cannot be deleted, with the first documents in the way; else the documents that go along."""

    sentence: Sentence | None = None
    in_the_way: list[Document] = field(default_factory=list)
    count: int = 0
    can_be_blocked: bool = False
    goes_along: list[Document] = field(default_factory=list)


def verdict(session: Session, card: AnyCard) -> Verdict:
    """What the documents of a card mean for deleting it."""
    return verdicts(session, [card])[card.id]


def verdicts(session: Session, cards: Sequence[AnyCard]) -> dict[int, Verdict]:
    """The same for cards of one kind, by their ids, in a few queries whatever their number."""
    if isinstance(cards[0], Contact):
        alone = _carried_alone(session, [card.id for card in cards])
        return {card.id: Verdict(goes_along=alone.get(card.id, [])) for card in cards}
    if isinstance(cards[0], BankAccount):
        return _of_bank_accounts(session, cards)
    return _of_parties(session, cards)


def check(session: Session, cards: Sequence[AnyCard]) -> list[Document]:
    """The documents that are deleted with the cards; raises Invoiced for the first card that must stay."""
    along: dict[int, Document] = {}
    for kind in dict.fromkeys(card.KIND for card in cards):
        of_kind = [card for card in cards if kind == card.KIND]
        for found in verdicts(session, of_kind).values():
            if found.sentence is not None:
                raise Invoiced(found.sentence, records=found.in_the_way)
            along |= {document.id: document for document in found.goes_along}
    return list(along.values())


def is_used(session: Session, card: AnyCard) -> bool:
    """Whether any document or payment names the card."""
    if isinstance(card, BankAccount):
        query = select(Payment.id).where(Payment.bank_account_id == card.id)
    else:
        query = select(Document.id).where(getattr(Document, f"{card.KIND}_id") == card.id)
    return session.scalar(query.limit(1)) is not None


def _of_parties(session: Session, cards: Sequence[AnyCard]) -> dict[int, Verdict]:
    owner = Document.customer_id if isinstance(cards[0], Customer) else Document.vendor_id
    ids = [card.id for card in cards]
    issued = _latest(session, owner, ids, Document.state == "issued")
    open_orders = _latest(session, owner, ids, and_(Document.state == "open", Document.kind.in_(ORDERS)))
    free = [id_ for id_ in ids if id_ not in issued and id_ not in open_orders]
    along: dict[int | None, list[Document]] = {}
    for document in session.scalars(select(Document).where(owner.in_(free)).order_by(Document.id)):
        along.setdefault(document.customer_id or document.vendor_id, []).append(document)
    found = {}
    for card in cards:
        if card.id in issued:
            sentence = _l(
                "%(no)s cannot be deleted: the law keeps its issued documents. Block it instead, so that"
                " nothing new is made for it.",
                no=card.no,
            )
            found[card.id] = Verdict(sentence, *issued[card.id], can_be_blocked=True)
        elif card.id in open_orders:
            sentence = _l(
                "%(no)s cannot be deleted while it has open orders. Convert or delete them first.", no=card.no
            )
            found[card.id] = Verdict(sentence, *open_orders[card.id])
        else:
            found[card.id] = Verdict(goes_along=along.get(card.id, []))
    return found


def _of_bank_accounts(session: Session, cards: Sequence[AnyCard]) -> dict[int, Verdict]:
    used = select(Payment.bank_account_id, Payment.document_id).distinct().subquery()
    query = (
        select(used.c.bank_account_id, Document)
        .join(used, used.c.document_id == Document.id)
        .where(used.c.bank_account_id.in_([card.id for card in cards]))
        .order_by(Document.id.desc())
    )
    paid: dict[int, list[Document]] = {}
    for account_id, document in session.execute(query):
        paid.setdefault(account_id, []).append(document)
    found = {card.id: Verdict() for card in cards}
    for card in cards:
        if card.id in paid:
            sentence = _l(
                "%(no)s cannot be deleted: payments were made with it. Block it instead, so that no new one is.",
                no=card.no,
            )
            documents = paid[card.id]
            found[card.id] = Verdict(sentence, documents[:MOST_LISTED], len(documents), can_be_blocked=True)
    return found


# Made once: deleting a contact asks it twice.
_ALONE = (
    select(Document)
    .where(
        Document.contact_id.in_(bindparam("contacts", expanding=True)),
        Document.customer_id.is_(None),
        Document.vendor_id.is_(None),
    )
    .order_by(Document.id)
)


def _carried_alone(session: Session, contact_ids: Sequence[int]) -> dict[int, list[Document]]:
    """The quotes that nobody but a contact carries; those of a customer or vendor stay with it."""
    found: dict[int, list[Document]] = {}
    for document in session.scalars(_ALONE, {"contacts": list(contact_ids)}):
        found.setdefault(document.contact_id or 0, []).append(document)
    return found


def _latest(
    session: Session, owner: Any, ids: Sequence[int], condition: ColumnElement[bool]
) -> dict[int, tuple[list[Document], int]]:
    """By customer or vendor: the latest documents for which the condition holds, and how many there are."""
    counts = select(owner, func.count()).where(owner.in_(ids), condition).group_by(owner)
    found: dict[int, tuple[list[Document], int]] = {
        id_: ([], count) for id_, count in session.execute(counts)
    }
    if found:
        place = func.row_number().over(partition_by=owner, order_by=Document.id.desc()).label("place")
        ranked = select(Document.id, place).where(owner.in_(found), condition).subquery()
        query = (
            select(owner, Document)
            .join(ranked, ranked.c.id == Document.id)
            .where(ranked.c.place <= MOST_LISTED)
            .order_by(Document.id.desc())
        )
        for id_, document in session.execute(query):
            found[id_][0].append(document)
    return found
