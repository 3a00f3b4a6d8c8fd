"""What the rows of each table are called wherever they are counted: the dossier, plans, certificates, the trail."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from services.errors import Sentence

# In the order of the office: cards first.
TABLES: Mapping[str, Sentence] = {
    "contacts": _l("Contacts"),
    "customers": _l("Customers"),
    "vendors": _l("Vendors"),
    "bank_accounts": _l("Bank accounts"),
    "links": _l("Links and relation codes"),
    "documents": _l("Documents"),
    "document_lines": _l("Lines of documents"),
    "document_taxes": _l("Taxes of documents"),
    "document_files": _l("PDF files of documents"),
    "payments": _l("Payments"),
    "interactions": _l("Interactions"),
    "outbox_messages": _l("E-mails"),
    "outbox_recipients": _l("Recipients of e-mails"),
    "outbox_attachments": _l("Files sent with e-mails"),
    "history": _l("Lines of history"),
    "undo_entries": _l("Entries of the bin and links to undo"),
    "import_batches": _l("Imports"),
    "import_rows": _l("Imported rows"),
    "privacy_requests": _l("Requests"),
    "privacy_steps": _l("Steps of requests"),
    "privacy_blocks": _l("Blocks for privacy"),
    "privacy_exports": _l("Exports made"),
}


def table(name: str) -> Sentence:
    """What the rows of a table are called; a part that was added later goes by its own name."""
    return TABLES.get(name, name)
