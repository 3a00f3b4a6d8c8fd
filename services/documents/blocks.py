"""Whom nothing new may be made for: every door that makes, converts, issues or pays asks here (rule O11).

Blocks are read from the cards each time and never copied, so that one set meanwhile counts at once.
"""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from models import BankAccount, Contact, Customer, Document, Vendor
from services.documents.kinds import KINDS
from services.errors import Refused, Sentence
from services.privacy import blocks as privacy

Owner = Customer | Vendor | Contact


def refusal(session: Session, kind: str, owner: Owner | None) -> Sentence | None:
    """Why no document of this kind can be made for a customer, vendor or contact; None when it can."""
    return refusals(session, kind, [owner]).get(owner.id) if owner is not None else None


def refusals(session: Session, kind: str, owners: Sequence[Owner]) -> dict[int, Sentence]:
    """The same for cards of one kind, by their ids, in a few questions; those that may have one are missing.

    A block for privacy leaves a credit memo possible: it takes back what was invoiced (Y-H8).
    """
    found: dict[int, Sentence] = {}
    if owners and not KINDS[kind].is_credit:
        active = privacy.active_among(session, owners[0].KIND, [owner.id for owner in owners])
        found = {
            owner.id: privacy.sentence(owner.no, active[owner.id]) for owner in owners if owner.id in active
        }
    for owner in owners:
        if isinstance(owner, (Customer, Vendor)) and owner.blocked in KINDS[kind].refused_by:
            found.setdefault(owner.id, _sentences(owner.no)[owner.KIND, owner.blocked])
    return found


def check(session: Session, kind: str, owner: Owner | None) -> None:
    """Raise Refused when no document of this kind can be made for the card."""
    if owner is not None and not KINDS[kind].is_credit:
        privacy.check(session, owner)
    if isinstance(owner, (Customer, Vendor)) and owner.blocked in KINDS[kind].refused_by:
        raise Refused(_sentences(owner.no)[owner.KIND, owner.blocked], record=owner)


def check_document(session: Session, document: Document) -> None:
    """Raise Refused when a document that exists cannot be gone on with, because of a block set since."""
    check_going_on(session, document, document.kind)


def check_going_on(session: Session, document: Document, target: str) -> None:
    """The same when a document becomes one of the kind `target`; the person whom it names counts as well."""
    check(session, target, document.party or document.contact)
    if document.party is not None:
        check(session, target, document.contact)


def check_privacy(session: Session, document: Document) -> None:
    """Raise PrivacyBlocked when nothing is done with a document because its party is blocked for privacy.

    A credit memo is free: it takes back what was invoiced.
    """
    owners = [card for card in (document.party, document.contact) if card is not None]
    if not KINDS[document.kind].is_credit:
        privacy.check_many(session, owners)


def check_leaving(session: Session, document: Document) -> None:
    """Raise Refused when a document cannot be printed or sent: without a number it never left the office, so
    it is something new for its party. One that has its number goes out again, unless its party is blocked for
    privacy; one that is issued does whatever the block.
    """
    if document.is_issued:
        return
    check_privacy(session, document)
    if not document.no:
        check_document(session, document)


def check_payment(document: Document, account: BankAccount | None) -> None:
    """Raise Refused when a payment cannot be registered; a block of a customer never keeps money out."""
    vendor = document.vendor
    if vendor is not None and vendor.blocked == "payment":
        raise Refused(_sentences(vendor.no)["vendor", "payment"], record=vendor)
    if account is not None and account.blocked:
        raise Refused(_sentences(account.no)["bank_account", ""], record=account)


def _sentences(no: str) -> dict[tuple[str, str], Sentence]:
    """By kind of card and block: which card, what its block forbids, and what to do."""
    return {
        ("customer", "ship"): _l(
            "Customer %(no)s is blocked for shipping: no order can be made for it."
            " Change the block on its card first.",
            no=no,
        ),
        ("customer", "invoice"): _l(
            "Customer %(no)s is blocked for invoicing: no quote, order or invoice can be made for it."
            " Change the block on its card first.",
            no=no,
        ),
        ("customer", "all"): _l(
            "Customer %(no)s is blocked for everything: no new document can be made for it."
            " Change the block on its card first.",
            no=no,
        ),
        ("vendor", "all"): _l(
            "Vendor %(no)s is blocked for everything: no new document can be made for it."
            " Change the block on its card first.",
            no=no,
        ),
        ("vendor", "payment"): _l(
            "Vendor %(no)s is blocked for payments: no payment can be registered for it."
            " Change the block on its card first.",
            no=no,
        ),
        ("bank_account", ""): _l(
            "Bank account %(no)s is blocked, so no payment can use it."
            " Choose another one, or unblock it first.",
            no=no,
        ),
    }
