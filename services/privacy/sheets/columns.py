"""The columns of the workbook: label, what it means, how personal it is, and where it comes from."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from services.errors import Sentence


@dataclass(frozen=True)
class Column:
    """One column. `key` is the export key; class_ is the class of its source; origin says who it comes from."""

    key: str
    label: Sentence
    meaning: Sentence
    class_: str = "business"
    origin: str = "observed"


CLASSES: dict[str, Sentence] = {
    "none": _l("not personal"),
    "business": _l("commercial"),
    "personal": _l("personal"),
    "sensitive": _l("sensitive"),
}
ORIGINS: dict[str, Sentence] = {
    "given": _l("given by the person"),
    "observed": _l("observed by the office"),
    "inferred": _l("computed"),
    "third": _l("from somebody else"),
}


def _given(key: str, label: Sentence, meaning: Sentence) -> Column:
    return Column(key, label, meaning, "personal", "given")


def _personal(key: str, label: Sentence, meaning: Sentence) -> Column:
    return Column(key, label, meaning, "personal")


def _computed(key: str, label: Sentence, meaning: Sentence) -> Column:
    return Column(key, label, meaning, "business", "inferred")


# -- who it is about --------------------------------------------------------------------------------

RECORD_TYPE = _personal("record type", _l("Kind of card"), _l("The kind of card that the row stands for"))
NO = Column("no", _l("No."), _l("The number under which the office keeps the record"))
CIVIL_TITLE = _given("civil title", _l("Title"), _l("How the person is addressed"))
FIRST_NAME = _given("first name", _l("First name"), _l("Part of the person's name"))
MIDDLE_NAME = _given("middle name", _l("Middle name"), _l("Part of the person's name"))
LAST_NAME = _given("last name", _l("Last name"), _l("Part of the person's name"))
NAME = _given("name", _l("Name"), _l("The name as it is written on documents"))
NAME2 = _given("name 2", _l("Name 2"), _l("A second line of the name"))
COMPANY = _personal("company", _l("Company"), _l("The number of the company that the person belongs to"))
JOB = _given("job", _l("Job title"), _l("What the person does in the company"))
EMAIL = _given("e-mail", _l("E-mail"), _l("Where e-mails are sent"))
EMAIL2 = _given("e-mail 2", _l("Second e-mail"), _l("Another e-mail address"))
PHONE = _given("phone", _l("Phone"), _l("A phone number, as it was typed"))
MOBILE = _given("mobile", _l("Mobile"), _l("A phone number, as it was typed"))
FAX = _given("fax", _l("Fax"), _l("A fax number, as it was typed"))
WEBSITE = _given("website", _l("Website"), _l("An address on the web"))
ADDRESS1 = _given("address 1", _l("Address"), _l("Street and house number"))
ADDRESS2 = _given("address 2", _l("Address 2"), _l("A second line of the address"))
CITY = _given("city", _l("City"), _l("City of the address"))
PROVINCE = _given("province", _l("Province"), _l("Province or region of the address"))
POSTAL_CODE = _given("postal code", _l("Postal code"), _l("Postal code of the address"))
COUNTRY = _given("country", _l("Country"), _l("Code of the country, two letters"))
LANGUAGE = _given("language", _l("Language"), _l("The language for letters and documents"))
BIRTH_DATE = Column(
    "birth date", _l("Birth date"), _l("Kept where an age must be known"), "personal", "given"
)
MINOR = _personal("minor", _l("Minor"), _l("Whether the person is noted as under age"))
CONSENT = _given("parental consent", _l("Consent of the parents"), _l("When it was recorded"))
CONSENT_BY = Column(
    "parental consent by", _l("Consent given by"), _l("Who consented for the minor"), "personal", "third"
)
TAX_ID = _given("tax id", _l("Tax number"), _l("A number under which taxes are declared"))
REGISTRATION_NO = _given("registration no.", _l("Registration no."), _l("A number in a public register"))
CREATED = Column("created", _l("Created"), _l("When the record was entered"))
MODIFIED = Column("modified", _l("Changed"), _l("When the record was last changed"))
PRIVACY_STATE = _computed(
    "privacy state", _l("Privacy state"), _l("Whether the card is blocked for privacy, or in the bin")
)

# -- links ------------------------------------------------------------------------------------------

FROM_TYPE = _personal("from type", _l("From: kind"), _l("The kind of the first card of a link"))
FROM_NO = _personal("from", _l("From: no."), _l("The number of the first card of a link"))
RELATION = Column("relation code", _l("Relation code"), _l("The office's name for the relation"))
TO_TYPE = Column("to type", _l("To: kind"), _l("The kind of the second card of a link"))
TO_NO = Column("to", _l("To: no."), _l("The number of the second card of a link"))
SINCE = Column("since", _l("Since"), _l("When the link was made"))
UNTIL = Column("until", _l("Until"), _l("When the link ended; empty while it holds"))

# -- customers, vendors, bank accounts --------------------------------------------------------------

CONTACT_TYPE = Column("contact type", _l("Contact type"), _l("Company or person"))
CONTACT_PERSON = _personal("contact person", _l("Contact person"), _l("Whom the office asks for"))
CONTACT_PERSON_JOB = _personal(
    "contact person's job", _l("Job title of the contact person"), _l("What the contact person does")
)
PRIMARY_CONTACT = _personal(
    "primary contact", _l("Primary contact"), _l("The number of the contact whom the office asks for")
)
PAYMENT_TERMS = Column("payment terms", _l("Payment terms"), _l("How long there is to pay"))
PAYMENT_METHOD = Column("payment method", _l("Payment method"), _l("How it is paid"))
CURRENCY = Column("currency", _l("Currency"), _l("The currency of the amounts, three letters"))
TAX_GROUP = Column("tax group", _l("Tax group"), _l("By which taxes it is invoiced"))
CREDIT_LIMIT = Column("credit limit", _l("Credit limit"), _l("Up to what amount may be open"))
BLOCKED = Column("blocked", _l("Blocked"), _l("What the office does not do with this card any more"))
BLOCK_REASON = _personal(
    "reason", _l("Reason of the privacy block"), _l("Why processing is restricted; empty when it is not")
)
BLOCKED_SINCE = Column(
    "privacy blocked since", _l("Blocked for privacy since"), _l("Since when processing is restricted")
)
BALANCE = _computed("balance", _l("Balance"), _l("What is open on issued documents, all currencies named"))
OUR_ACCOUNT_NO = Column("our account no.", _l("Our account no."), _l("The number the vendor gave the office"))
IBAN = Column("iban", _l("IBAN"), _l("Only the last four characters are shown"))
BIC = Column("bic", _l("BIC"), _l("The code of the bank"))
HOLDER = Column("label", _l("Holder"), _l("What the office calls the account"))
BANK = _given("bank", _l("Bank"), _l("The name of the bank"))
BRANCH = Column("branch", _l("Branch"), _l("The number of the branch"))
ACCOUNT_NO = Column("account no.", _l("Account no."), _l("Only the last four characters are shown"))
ACCOUNT_CURRENCY = Column("account currency", _l("Currency"), _l("The currency of the account"))

# -- documents --------------------------------------------------------------------------------------

DOCUMENT_KIND = Column("document kind", _l("Kind of document"), _l("Quote, order, invoice, credit memo…"))
DATE = Column("posting date", _l("Date"), _l("The day of the document, payment or note"))
VALID_UNTIL = Column("valid until", _l("Valid until"), _l("Until when the quote holds"))
REQUESTED_DATE = Column("requested date", _l("Requested date"), _l("When delivery was asked for"))
DUE_DATE = Column("due date", _l("Due date"), _l("By when it is to be paid"))
STATUS = Column("status", _l("State"), _l("How far it is"))
VENDORS_NO = Column("vendor's no.", _l("Vendor's no."), _l("The number that the vendor gave the document"))
PRINTED_NO = Column("printed no", _l("Printed no."), _l("The number of the card as printed"))
PRINTED_NAME = _given("printed name", _l("Printed name"), _l("The name as printed on the document"))
PRINTED_ADDRESS = _given(
    "printed address", _l("Printed address"), _l("The address as printed on the document")
)
REFERENCE = Column("reference", _l("Reference"), _l("What the other side calls the document"))
SUBJECT_PRINTED = _personal("subject as printed", _l("Printed subject"), _l("The subject of the document"))
TEXT_PRINTED = _personal("text as printed", _l("Printed text"), _l("The text above the lines"))
NET = Column("excl. tax", _l("Excl. tax"), _l("The sum before tax"))
TAX = Column("tax", _l("Tax"), _l("The sum of the taxes"))
TOTAL = Column("total", _l("Total"), _l("What is to be paid"))
OPEN_AMOUNT = _computed("open amount", _l("Open amount"), _l("What is still to be paid"))
PAID_ON = Column("paid on", _l("Paid on"), _l("The day of the last payment, once nothing is open"))
RELEASE_DATE = _computed(
    "retention release date", _l("Kept until"), _l("Until when the law makes the office keep the document")
)
PDF = _personal("pdf", _l("PDF"), _l("Names of the files in the package"))
DOCUMENT_NO = Column("document", _l("Document no."), _l("The number of the document concerned"))
LINE = Column("line", _l("Line"), _l("The place in the document; taxes come after the lines"))
ITEM = Column("item", _l("Item"), _l("The number of the article or service"))
DESCRIPTION = _personal("description", _l("Description"), _l("The text of the line, or the name of the tax"))
QUANTITY = Column("quantity", _l("Quantity"), _l("How many"))
UNIT = Column("unit", _l("Unit"), _l("What is counted"))
UNIT_PRICE = Column("unit price", _l("Unit price"), _l("The price of one, before tax"))
DISCOUNT = Column("discount", _l("Discount %"), _l("The discount in per cent"))
AMOUNT = Column("amount", _l("Amount"), _l("The amount of the line or payment"))
NO_TAX_BECAUSE = Column("no tax because", _l("No tax because"), _l("Why no tax is asked"))
ENTRY_NO = Column("entry no.", _l("Entry no."), _l("The number of the payment"))
ENTRY_TYPE = Column("entry type", _l("Type"), _l("Payment, or credit memo set against an invoice"))
APPLIED_TO = Column("credit memo", _l("Applied to"), _l("The credit memo that was set against it"))
CANCELLED = Column("cancelled", _l("Cancelled"), _l("When it was cancelled; empty while it counts"))

# -- exchanges --------------------------------------------------------------------------------------

DATE_TIME = _personal("date-time", _l("Time"), _l("When it happened"))
DIRECTION = _personal("direction", _l("Direction"), _l("Incoming or outgoing"))
CHANNEL = _personal("type", _l("What"), _l("The kind of exchange"))
SUBJECT = _personal("subject", _l("Subject"), _l("What it was about"))
TEXT = _personal("text", _l("Text"), _l("The text in full"))
INITIATED_BY = Column("initiated by", _l("Begun by"), _l("The person, or the office"), "personal", "inferred")
HANDLED_BY = Column("handled by", _l("Handled by"), _l("The role of the member of the office"))
MESSAGE = _personal("message", _l("E-mail no."), _l("The e-mail it is about, in the sheet of sent mail"))
LEGAL_BASIS = Column("legal basis", _l("Legal basis"), _l("On what ground it is kept"))
VERDICT = _computed(
    "free-text verdict", _l("Other persons"), _l("Whether names of other persons were found in the text")
)
OBJECT_TYPE = Column("object type", _l("Kind of record"), _l("The kind of record concerned"))
OBJECT_NO = Column("object no.", _l("No. of the record"), _l("The number of the record concerned"))
OBJECT = _personal("object", _l("Record"), _l("Kind and number of the record concerned"))
FILE_IN_PACKAGE = Column("file in package", _l("File in the package"), _l("Its name in the ZIP"))
ORIGINAL_NAME = _personal("file", _l("Original name"), _l("The name under which it was stored or sent"))
FILE_TYPE = Column("file type", _l("Type"), _l("The kind of file"))
BYTES = Column("bytes", _l("Bytes"), _l("The size of the file"))
SHA256 = Column("sha-256", _l("SHA-256"), _l("A checksum by which the file can be known"))
FILE_STATUS = Column("file status", _l("State"), _l("Whether the file is in the package"))
TO = _given("to", _l("To"), _l("Where the e-mail was sent"))
TEMPLATE = Column("template", _l("Template"), _l("The kind of e-mail"))
RELATED = Column("about", _l("About"), _l("The record that the e-mail is about"))
DELIVERY = Column("delivery state", _l("Delivery"), _l("What became of it"))
SERVER_ANSWER = Column(
    "answer", _l("What the mail server said"), _l("The last answer, which may name the address"), "personal"
)

# -- consents, log, requests ------------------------------------------------------------------------

PURPOSE = Column("purpose", _l("Purpose"), _l("For what there is a consent or an objection"))
GIVEN_ON = _given("given on", _l("Given on"), _l("When the consent was recorded"))
HOW = _personal("how", _l("How"), _l("Who consented"))
WITHDRAWN_ON = _given("withdrawn on", _l("Withdrawn on"), _l("When it was withdrawn"))
OBJECTION = _given("objection", _l("Objection"), _l("Since when the person objects"))
PROOF = Column("proof", _l("Proof"), _l("The request or record that proves it"))
EVENT = _personal("event", _l("Event"), _l("What happened"))
FIELDS = _personal("field", _l("Fields"), _l("The fields concerned"))
OLD = _personal("old", _l("Before"), _l("The value before the change"))
NEW = _personal("new", _l("After"), _l("The value after the change"))
ACTOR_ROLE = Column(
    "actor role", _l("Role"), _l("The role of who did it; members of the office are not named")
)
ORIGIN = _personal("origin", _l("Came from"), _l("The record on which the change was made, or the file"))
REQUEST_TYPE = Column("request type", _l("What was asked"), _l("What the person asked for"))
RECEIVED = Column("received", _l("Received"), _l("The day it was received"))
DUE = Column("due", _l("Due"), _l("The day by which it is to be answered"))
ANSWERED = Column("answered", _l("Answered"), _l("The day it was answered"))
OUTCOME = Column("outcome", _l("Outcome"), _l("Granted, in part, or refused"))
REASON = Column("reasons", _l("Reason"), _l("Why it was refused or answered in part"))
REQUEST_SUBJECT = _personal("request subject", _l("Person"), _l("Whom the request is about"))

# -- the export about itself ------------------------------------------------------------------------

ABOUT = Column("about this file", _l("About this file"), _l("What the row says"), "none")
VALUE = Column("value", _l("Value"), _l("What is said"), "none")
SHEET = Column("sheet", _l("Sheet"), _l("The sheet concerned"), "none")
ROW_KEY = Column("row key", _l("Row"), _l("The record behind the row"), "none")
FIELD = Column("withheld field", _l("Field"), _l("The column concerned; empty for all"), "none")
WHAT = Column("what", _l("What"), _l("Cell, row, sheet or file"), "none")
REASON_CODE = Column("reason code", _l("Reason"), _l("Why it is not here"), "none")
DECIDED_BY = Column("decided by", _l("Decided by"), _l("The role of who left it out"), "none")
COLUMN_LABEL = Column("column label", _l("Column"), _l("The heading of the column"), "none")
EXPORT_KEY = Column("export_key", _l("Key"), _l("Its name in data.json"), "none")
MEANING = Column("meaning", _l("Meaning"), _l("What stands in the column"), "none")
CLASSIFICATION = Column("classification", _l("Class"), _l("How personal it is"), "none")
COLUMN_ORIGIN = Column("column origin", _l("Origin"), _l("Where it comes from"), "none")
