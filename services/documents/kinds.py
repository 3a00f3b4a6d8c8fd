"""The ten kinds of documents as data: what they are called, how they are numbered, what becomes of them."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel import pgettext
from flask_babel.speaklater import LazyString

from models import Document
from services.errors import Sentence


@dataclass(frozen=True)
class Kind:
    """One kind of document; `path` is the end of its address, `prefixes` begin its numbers (French, English)."""

    name: str
    side: str
    label: Sentence
    plural: Sentence
    path: str
    series_code: str
    prefixes: tuple[str, str]
    # A quote can be made for a contact that is no customer yet.
    needs_party: bool = True
    # Numbered and frozen when it is issued; the others get a number when they first leave the office.
    freezes: bool = False
    # Numbers without a gap: nobody types them.
    gapless: bool = False
    is_credit: bool = False
    converts_to: tuple[str, ...] = ()
    # The blocks of a customer or vendor that forbid to make, convert to or issue it (rule O11).
    refused_by: frozenset[str] = frozenset({"all"})

    @property
    def area(self) -> str:
        """The first part of its address."""
        return "sales" if self.side == "customer" else "purchases"

    @property
    def first_state(self) -> str:
        """The state of a new one."""
        return "draft" if self.freezes else "open"

    def pattern(self, language: str) -> str:
        """The pattern of its numbers in a new office of this language: counted by year, 99999 of them."""
        prefix = self.prefixes[0 if language.startswith("fr") else 1]
        return prefix + "-{yyyy}-{00001}"


_NO_ORDERS = frozenset({"ship", "invoice", "all"})
_NO_SALES = frozenset({"invoice", "all"})
# What was issued can always be credited.
_NEVER: frozenset[str] = frozenset()

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "quote",
            "customer",
            _l("Quote"),
            _l("Quotes"),
            "quotes",
            "S-QUOTE",
            ("DE", "QU"),
            needs_party=False,
            converts_to=("order", "invoice"),
            refused_by=_NO_SALES,
        ),
        Kind(
            "order",
            "customer",
            _l("Order"),
            _l("Orders"),
            "orders",
            "S-ORDER",
            ("CV", "SO"),
            converts_to=("invoice",),
            refused_by=_NO_ORDERS,
        ),
        Kind(
            "blanket_order",
            "customer",
            _l("Blanket order"),
            _l("Blanket orders"),
            "blanket-orders",
            "S-BLANKET",
            ("CO", "BO"),
            converts_to=("order",),
            refused_by=_NO_ORDERS,
        ),
        Kind(
            "service_order",
            "customer",
            _l("Service order"),
            _l("Service orders"),
            "service-orders",
            "S-SERVICE",
            ("CS", "SV"),
            converts_to=("invoice",),
            refused_by=_NO_ORDERS,
        ),
        Kind(
            "invoice",
            "customer",
            _l("Invoice"),
            _l("Invoices"),
            "invoices",
            "S-INVOICE",
            ("FV", "INV"),
            freezes=True,
            gapless=True,
            converts_to=("credit_memo",),
            refused_by=_NO_SALES,
        ),
        Kind(
            "credit_memo",
            "customer",
            _l("Credit memo"),
            _l("Credit memos"),
            "credit-memos",
            "S-CREDIT",
            ("AV", "CM"),
            freezes=True,
            gapless=True,
            is_credit=True,
            refused_by=_NEVER,
        ),
        Kind(
            "purchase_quote",
            "vendor",
            _l("Purchase quote"),
            _l("Purchase quotes"),
            "quotes",
            "P-QUOTE",
            ("DP", "PQ"),
            needs_party=False,
            converts_to=("purchase_order", "purchase_invoice"),
        ),
        Kind(
            "purchase_order",
            "vendor",
            _l("Purchase order"),
            _l("Purchase orders"),
            "orders",
            "P-ORDER",
            ("CA", "PO"),
            converts_to=("purchase_invoice",),
        ),
        Kind(
            "purchase_invoice",
            "vendor",
            _l("Purchase invoice"),
            _l("Purchase invoices"),
            "invoices",
            "P-INVOICE",
            ("FA", "PI"),
            freezes=True,
            converts_to=("purchase_credit_memo",),
        ),
        Kind(
            "purchase_credit_memo",
            "vendor",
            _l("Purchase credit memo"),
            _l("Purchase credit memos"),
            "credit-memos",
            "P-CREDIT",
            ("AA", "PC"),
            freezes=True,
            is_credit=True,
            refused_by=_NEVER,
        ),
    )
}

STATES: dict[str, Sentence] = {
    "draft": _l("Draft"),
    # French says it otherwise of a document than on a link.
    "open": LazyString(lambda: pgettext("document", "Open")),
    "converted": _l("Converted"),
    "issued": _l("Issued"),
}


def of(document: Document) -> Kind:
    """What holds for a document because of its kind."""
    return KINDS[document.kind]


def at(area: str, path: str) -> Kind | None:
    """The kind that an address such as sales, blanket-orders names; None when there is no such kind."""
    return next((kind for kind in KINDS.values() if (kind.area, kind.path) == (area, path)), None)


def named(document: Document) -> dict[str, Sentence]:
    """What sentences call a document: its kind, and its number or the name it is for while it has none."""
    return {"kind": of(document).label, "no": document.no or document.name}
