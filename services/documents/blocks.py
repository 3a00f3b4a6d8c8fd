"""Whom nothing new may be made for: every door that makes, converts, issues or pays asks here (rule O11).

Blocks are read from the cards each time and never copied, so that one set meanwhile counts at once.
"""

from flask_babel import lazy_gettext as _l

from models import BankAccount, Contact, Customer, Document, Vendor
from services.documents.kinds import KINDS
from services.errors import Refused, Sentence

Owner = Customer | Vendor | Contact


def refusal(kind: str, owner: Owner | None) -> Sentence | None:
    """Why no document of this kind can be made for a customer, vendor or contact; None when it can."""
    if isinstance(owner, (Customer, Vendor)) and owner.blocked in KINDS[kind].refused_by:
        return _sentences(owner.no)[owner.KIND, owner.blocked]
    return None


def check(kind: str, owner: Owner | None) -> None:
    """Raise Refused when no document of this kind can be made for the card."""
    sentence = refusal(kind, owner)
    if sentence is not None:
        raise Refused(sentence, record=owner)


def check_document(document: Document) -> None:
    """Raise Refused when a document that exists cannot be gone on with, because of a block set since."""
    check(document.kind, document.party or document.contact)


def check_leaving(document: Document) -> None:
    """Raise Refused when a document cannot be printed or sent: without a number it never left the office, so
    it is something new for its party. One that is issued or has its number goes out again, whatever the block.
    """
    if not (document.is_issued or document.no):
        check_document(document)


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
