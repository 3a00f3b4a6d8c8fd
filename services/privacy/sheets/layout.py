"""The sheets of the workbook of a person: their names, order and columns, and what each column means.

Names and order are fixed: they come from here and never from data, and a sheet without rows is there all the
same, so that absence is an answer. A column's key is the export key that its source declares in the models.
"""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from services.errors import Sentence
from services.privacy.sheets import columns as c
from services.privacy.sheets.columns import Column

# Rows beyond this many go on in a second sheet of the same name, with a number.
MOST_ROWS = 100_000
NO_DATA = _l("No data")


@dataclass(frozen=True)
class Sheet:
    """One sheet: the name by which code knows it, its title for people, its columns in order."""

    name: str
    title: Sentence
    columns: tuple[Column, ...]
    # Made by the export itself, and there whatever was left out.
    fixed: bool = False


_ADDRESS = (c.ADDRESS1, c.ADDRESS2, c.CITY, c.PROVINCE, c.POSTAL_CODE, c.COUNTRY)
_PARTY = (
    *(c.NO, c.NAME, c.NAME2, *_ADDRESS, c.CONTACT_PERSON, c.CONTACT_PERSON_JOB, c.PRIMARY_CONTACT),
    *(c.PAYMENT_TERMS, c.PAYMENT_METHOD, c.CURRENCY, c.TAX_ID, c.REGISTRATION_NO),
)
_STATE = (c.BLOCKED, c.BLOCK_REASON, c.BLOCKED_SINCE, c.BALANCE, c.CREATED, c.MODIFIED)
_PRINTED = (
    *(c.PRINTED_NO, c.PRINTED_NAME, c.PRINTED_ADDRESS, c.CONTACT_PERSON, c.PHONE, c.EMAIL, c.LANGUAGE),
    *(c.TAX_ID, c.REGISTRATION_NO, c.REFERENCE, c.SUBJECT_PRINTED, c.TEXT_PRINTED, c.PAYMENT_TERMS),
)
_TOTALS = (c.DISCOUNT, c.NET, c.TAX, c.TOTAL, c.CURRENCY)
_FILE = (c.CREATED, c.MODIFIED, c.PDF)

SHEETS: tuple[Sheet, ...] = (
    Sheet("readme", _l("README"), (c.ABOUT, c.VALUE), fixed=True),
    Sheet(
        "identity",
        _l("Identity"),
        (
            *(c.RECORD_TYPE, c.NO, c.CIVIL_TITLE, c.FIRST_NAME, c.MIDDLE_NAME, c.LAST_NAME, c.NAME, c.NAME2),
            *(c.COMPANY, c.JOB, c.EMAIL, c.EMAIL2, c.PHONE, c.MOBILE, c.FAX, c.WEBSITE, *_ADDRESS),
            *(c.LANGUAGE, c.BIRTH_DATE, c.MINOR, c.CONSENT, c.CONSENT_BY, c.TAX_ID, c.REGISTRATION_NO),
            *(c.CURRENCY, c.CREATED, c.MODIFIED, c.PRIVACY_STATE),
        ),
    ),
    Sheet("links", _l("Links"), (c.FROM_TYPE, c.FROM_NO, c.RELATION, c.TO_TYPE, c.TO_NO, c.SINCE, c.UNTIL)),
    Sheet("customer", _l("Customer"), (*_PARTY, c.CONTACT_TYPE, c.TAX_GROUP, c.CREDIT_LIMIT, *_STATE)),
    Sheet("vendor", _l("Vendor"), (*_PARTY, c.OUR_ACCOUNT_NO, c.IBAN, c.BIC, *_STATE)),
    Sheet(
        "bank_accounts",
        _l("Bank accounts"),
        (
            *(c.NO, c.HOLDER, c.BANK, c.BRANCH, c.ACCOUNT_NO, c.IBAN, c.BIC, c.ACCOUNT_CURRENCY),
            *(c.BLOCKED, c.BLOCK_REASON, c.BLOCKED_SINCE, c.CREATED, c.MODIFIED),
        ),
    ),
    Sheet(
        "quotes",
        _l("Quotes"),
        (c.DOCUMENT_KIND, c.NO, c.DATE, c.VALID_UNTIL, c.STATUS, *_PRINTED, *_TOTALS, *_FILE),
    ),
    Sheet(
        "orders",
        _l("Orders"),
        (c.DOCUMENT_KIND, c.NO, c.DATE, c.REQUESTED_DATE, c.STATUS, *_PRINTED, *_TOTALS, *_FILE),
    ),
    Sheet(
        "invoices",
        _l("Invoices"),
        (
            *(c.DOCUMENT_KIND, c.NO, c.VENDORS_NO, c.DATE, c.DUE_DATE, c.STATUS, *_PRINTED, *_TOTALS),
            *(c.OPEN_AMOUNT, c.PAID_ON, c.RELEASE_DATE, *_FILE),
        ),
    ),
    Sheet(
        "lines",
        _l("Lines"),
        (
            *(c.DOCUMENT_KIND, c.DOCUMENT_NO, c.LINE, c.ITEM, c.DESCRIPTION, c.QUANTITY, c.UNIT),
            *(c.UNIT_PRICE, c.DISCOUNT, c.TAX_GROUP, c.AMOUNT, c.CURRENCY, c.NO_TAX_BECAUSE),
        ),
    ),
    Sheet(
        "entries",
        _l("Entries"),
        (
            *(c.ENTRY_NO, c.DATE, c.ENTRY_TYPE, c.DOCUMENT_KIND, c.DOCUMENT_NO, c.AMOUNT, c.CURRENCY),
            *(c.OPEN_AMOUNT, c.APPLIED_TO, c.PAYMENT_METHOD, c.CANCELLED),
        ),
    ),
    Sheet(
        "interactions",
        _l("Interactions"),
        (
            *(c.NO, c.DATE_TIME, c.DIRECTION, c.CHANNEL, c.SUBJECT, c.TEXT, c.INITIATED_BY, c.HANDLED_BY),
            *(c.DOCUMENT_NO, c.MESSAGE, c.LEGAL_BASIS, c.VERDICT, c.CANCELLED),
        ),
    ),
    Sheet("notes", _l("Notes"), (c.OBJECT_TYPE, c.OBJECT_NO, c.DATE, c.TEXT)),
    Sheet(
        "attachments",
        _l("Attachments"),
        (c.OBJECT, c.FILE_IN_PACKAGE, c.ORIGINAL_NAME, c.FILE_TYPE, c.BYTES, c.SHA256, c.FILE_STATUS),
    ),
    Sheet(
        "sent_mail",
        _l("Sent mail"),
        (*(c.NO, c.DATE_TIME, c.TO, c.SUBJECT, c.TEXT, c.TEMPLATE, c.RELATED, c.DELIVERY, c.SERVER_ANSWER),),
    ),
    Sheet(
        "consents",
        _l("Consents"),
        (c.PURPOSE, c.GIVEN_ON, c.HOW, c.WITHDRAWN_ON, c.OBJECTION, c.PROOF),
    ),
    Sheet("log", _l("Log"), (c.DATE_TIME, c.EVENT, c.OBJECT, c.FIELDS, c.OLD, c.NEW, c.ACTOR_ROLE, c.ORIGIN)),
    Sheet(
        "requests",
        _l("Requests"),
        (
            *(c.NO, c.REQUEST_TYPE, c.RECEIVED, c.DUE, c.ANSWERED, c.OUTCOME, c.REASON, c.STATUS),
            *(c.REQUEST_SUBJECT, c.TEXT),
        ),
    ),
    Sheet(
        "withheld",
        _l("Withheld"),
        (c.SHEET, c.ROW_KEY, c.FIELD, c.WHAT, c.REASON_CODE, c.DECIDED_BY, c.DATE),
        fixed=True,
    ),
    Sheet(
        "dictionary",
        _l("Dictionary"),
        (c.SHEET, c.COLUMN_LABEL, c.EXPORT_KEY, c.MEANING, c.CLASSIFICATION, c.COLUMN_ORIGIN),
        fixed=True,
    ),
)
BY_NAME = {sheet.name: sheet for sheet in SHEETS}

# Why something is left out: the office's own reasons first, then what the export finds by itself.
REASONS: dict[str, Sentence] = {
    "third_party": _l("It concerns another person"),
    "secret": _l("Trade secret"),
    "privilege": _l("Legal privilege"),
    "disproportionate": _l("Disproportionate effort"),
    "security": _l("Security"),
}
UNREADABLE = "unreadable"
FOUND_REASONS: dict[str, Sentence] = {UNREADABLE: _l("Unreadable character")}


def reason(code: str) -> str:
    """A reason in words, in the reader's language."""
    return str({**REASONS, **FOUND_REASONS}[code])
