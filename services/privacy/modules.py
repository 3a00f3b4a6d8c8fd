"""The parts of Carnet that keep personal data, and the tables that each of them answers for."""

from flask_babel import lazy_gettext as _l

from services.privacy.registry import register

CARDS = register("cards", _l("Cards"), "contacts", "customers", "vendors", "bank_accounts")
LINKS = register("links", _l("Links"), "links")
DOCUMENTS = register(
    "documents",
    _l("Documents"),
    "documents",
    "document_lines",
    "document_taxes",
    "document_files",
    "payments",
)
INTERACTIONS = register("interactions", _l("Interactions"), "interactions")
MAIL = register("mail", _l("E-mails"), "outbox_messages", "outbox_recipients", "outbox_attachments")
HISTORY = register("history", _l("History"), "history")
BIN = register("bin", _l("Bin"), "undo_entries")
IMPORTS = register("imports", _l("Imports"), "import_batches", "import_rows")
DESK = register(
    "desk", _l("Requests"), "privacy_requests", "privacy_steps", "privacy_blocks", "privacy_exports"
)
