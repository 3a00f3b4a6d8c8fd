"""Tables, constraints and small pure methods."""

from models.contacts import Contact
from models.documents import (
    DOCUMENT_KINDS,
    PURCHASE_KINDS,
    SALES_KINDS,
    Document,
    DocumentFile,
    DocumentLine,
    DocumentTax,
)
from models.interactions import Interaction, InteractionSetting
from models.items import Item
from models.jobs import ImportBatch, ImportRow, Job
from models.journal import HistoryEntry, OnceToken, UndoEntry
from models.links import Link, RelationCode
from models.mail import LetterText, MailSettings, OutboxAttachment, OutboxMessage, OutboxRecipient
from models.parties import MODELS, PARTY_KINDS, AnyCard, BankAccount, Customer, Party, Vendor
from models.payments import OpenItem, Payment
from models.people import Invitation, LoginThrottle, SecurityEvent, User, UserSession
from models.privacy import (
    NotTheSame,
    PrivacyBlock,
    PrivacyErasure,
    PrivacyExport,
    PrivacyRequest,
    PrivacySettings,
    PrivacyStep,
    TrailEntry,
    TrailHead,
)
from models.settings import (
    DocumentSeries,
    NumberCounter,
    NumberSeries,
    NumberSeriesLine,
    Office,
    PartyTemplate,
    PaymentTerms,
    TaxGroup,
    TaxRate,
)
from models.totals import RowTotal

__all__ = [
    "MODELS",
    "PARTY_KINDS",
    "AnyCard",
    "BankAccount",
    "Contact",
    "Customer",
    "HistoryEntry",
    "ImportBatch",
    "ImportRow",
    "Interaction",
    "InteractionSetting",
    "Invitation",
    "Job",
    "LetterText",
    "Link",
    "LoginThrottle",
    "MailSettings",
    "NotTheSame",
    "NumberCounter",
    "NumberSeries",
    "NumberSeriesLine",
    "Office",
    "OnceToken",
    "OutboxAttachment",
    "OutboxMessage",
    "OutboxRecipient",
    "Party",
    "PartyTemplate",
    "PaymentTerms",
    "PrivacyBlock",
    "PrivacyErasure",
    "PrivacyExport",
    "PrivacyRequest",
    "PrivacySettings",
    "PrivacyStep",
    "RelationCode",
    "RowTotal",
    "SecurityEvent",
    "TaxGroup",
    "TaxRate",
    "TrailEntry",
    "TrailHead",
    "UndoEntry",
    "User",
    "UserSession",
    "Vendor",
    "DOCUMENT_KINDS",
    "PURCHASE_KINDS",
    "SALES_KINDS",
    "Document",
    "DocumentFile",
    "DocumentLine",
    "DocumentTax",
    "Item",
    "OpenItem",
    "Payment",
    "DocumentSeries",
]
