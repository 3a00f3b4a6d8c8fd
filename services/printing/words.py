"""What printed documents say besides their values, in the language of whom they are sent to."""

from services import translations
from services.translations import Speaker


def speaker(language: str) -> Speaker:
    """What says marked sentences on paper: with the apostrophe of print, which catalogues do not have."""
    say = translations.speaker(language)
    return lambda sentence: say(sentence).replace("'", "’")


def title(kind: str, language: str) -> str:
    """What the document is called by who receives it."""
    _ = speaker(language)
    return {
        "quote": _("Quote"),
        "order": _("Order"),
        "blanket_order": _("Blanket order"),
        "service_order": _("Service order"),
        "invoice": _("Invoice"),
        "credit_memo": _("Credit memo"),
        "purchase_quote": _("Purchase quote"),
        "purchase_order": _("Purchase order"),
        "purchase_invoice": _("Purchase invoice"),
        "purchase_credit_memo": _("Purchase credit memo"),
        "erasure": _("Certificate of erasure"),
    }[kind]


def introduction(kind: str, language: str) -> str:
    """The sentence above the lines; most kinds need none."""
    _ = speaker(language)
    return {
        "order": _("Thank you for your order. We confirm it as follows."),
        "blanket_order": _("You can call off these quantities in parts, as you need them."),
        "purchase_quote": _("Please tell us your prices and delivery times for the following."),
        "purchase_order": _("Please deliver the following, and quote our number."),
        "purchase_invoice": _("Record of the vendor's invoice."),
        "purchase_credit_memo": _("Record of the vendor's credit memo."),
    }.get(kind, "")


def acceptance(kind: str, language: str) -> str:
    """The sentence above the lines for a signature; empty where nobody signs."""
    _ = speaker(language)
    return {
        "quote": _("To accept this quote, please sign and return it."),
        "service_order": _("Work done and accepted:"),
    }.get(kind, "")


def labels(language: str) -> dict[str, str]:
    """The heads of columns and blocks."""
    _ = speaker(language)
    return {
        "description": _("Description"),
        "quantity": _("Quantity"),
        "unit": _("Unit"),
        "unit_price": _("Unit price"),
        "discount": _("Discount"),
        "tax": _("Tax"),
        "amount": _("Amount"),
        "payment": _("Payment"),
        "name": _("Name"),
        "date": _("Date"),
        "signature": _("Signature"),
        "draft": _("Draft"),
        # Typst counts the pages.
        "page": _("Page %(page)s of %(pages)s") % {"page": "{page}", "pages": "{pages}"},
    }
