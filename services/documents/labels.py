"""What the fields of a document are called: in its forms, and in its history."""

from flask_babel import lazy_gettext as _l

from services.errors import Sentence

LABELS: dict[str, Sentence] = {
    "no": _l("No."),
    "party_no": _l("No."),
    "name": _l("Name"),
    "name2": _l("Name 2"),
    "contact_person": _l("Contact person"),
    "address": _l("Address"),
    "address2": _l("Address 2"),
    "post_code": _l("Postal code"),
    "city": _l("City"),
    "region": _l("Province or region"),
    "country": _l("Country"),
    "phone": _l("Phone"),
    "email": _l("E-mail"),
    "language": _l("Language"),
    "vat_no": _l("Tax number"),
    "registration_no": _l("Registration no."),
    "document_date": _l("Date"),
    "due_date": _l("Due"),
    "valid_until": _l("Valid until"),
    "requested_date": _l("Requested date"),
    "payment_terms_id": _l("Payment terms"),
    "currency": _l("Currency"),
    "discount_percent": _l("Discount on the whole (per cent)"),
    "reference": _l("Reference"),
    "vendor_invoice_no": _l("Vendor's number"),
    "salesperson_id": _l("Salesperson"),
    "subject": _l("Subject"),
    "intro": _l("Text above the lines"),
    "notes": _l("Text below the lines"),
}
# What the history keeps besides.
IN_HISTORY: dict[str, Sentence] = LABELS | {
    "line": _l("Line"),
    "state": _l("State"),
    "contact_id": _l("Contact"),
    "customer_id": _l("Customer"),
    "vendor_id": _l("Vendor"),
}
