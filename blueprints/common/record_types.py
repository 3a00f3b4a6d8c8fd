"""The four kinds of card as data: their words, sections, list columns and filters."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from models import MODELS, AnyCard
from services.errors import Sentence


@dataclass(frozen=True)
class Section:
    """A part of a card that is shown and edited as one."""

    name: str
    title: Sentence
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """A column of a list: `sort` is the database column that orders it, `filter` the filter for its values.

    Either is "" where there is none.
    """

    name: str
    label: Sentence
    sort: str = ""
    shown: bool = True
    filter: str = ""


@dataclass(frozen=True)
class Filter:
    """A condition that narrows a list; `type` says how it is chosen or typed (`filters` reads it)."""

    name: str
    label: Sentence
    type: str = "choice"


@dataclass(frozen=True)
class RecordType:
    """What lists and cards of one kind show, in the office's words."""

    kind: str
    address: str
    plural: Sentence
    new: Sentence
    sections: tuple[Section, ...]
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    permission: str = "edit_cards"

    @property
    def model(self) -> type[AnyCard]:
        return MODELS[self.kind]

    def section(self, name: str) -> Section | None:
        """The section of that name, or None."""
        return next((section for section in self.sections if section.name == name), None)


_ADDRESS = Section(
    "address", _l("Address"), ("address", "address2", "post_code", "city", "region", "country")
)
_COMMUNICATION = Section("communication", _l("Communication"), ("phone", "mobile", "fax", "email", "website"))
_NOTES = Section("notes", _l("Notes"), ("notes",))

_NO = Column("no", _l("No."), "no")
_NAME = Column("name", _l("Name"), "search_name")
_PHONE = Column("phone", _l("Phone"))
_CITY = Column("city", _l("City"), "search_city", filter="city")
_MORE = (
    Column("email", _l("E-mail"), shown=False),
    Column("mobile", _l("Mobile"), shown=False),
    Column("post_code", _l("Postal code"), shown=False),
    Column("country", _l("Country"), shown=False, filter="country"),
)
_CHANGED = Column("updated_at", _l("Changed"), "updated_at", filter="changed")
_BLOCKED = Column("blocked", _l("Blocked"), filter="blocked")
_TRADING_COLUMNS = (
    _NO,
    _NAME,
    Column("contact_person", _l("Contact person")),
    _PHONE,
    _CITY,
    Column("links", _l("In step with")),
    _BLOCKED,
    *_MORE,
    Column("payment_terms_id", _l("Payment terms"), shown=False, filter="payment_terms_id"),
)
_COMMON_FILTERS = (
    Filter("city", _l("City"), "text"),
    Filter("country", _l("Country"), "country"),
    Filter("language", _l("Language")),
    Filter("no", _l("No."), "range"),
    Filter("changed", _l("Changed"), "day"),
)

CONTACT = RecordType(
    kind="contact",
    address="contacts",
    plural=_l("Contacts"),
    new=_l("New contact"),
    sections=(
        Section(
            "general",
            _l("General"),
            (
                "no",
                "type",
                "name",
                "name2",
                "language",
                "salesperson_id",
                "currency",
                "vat_no",
                "registration_no",
            ),
        ),
        Section(
            "person",
            _l("Person"),
            (
                "title",
                "first_name",
                "middle_name",
                "last_name",
                "job_title",
                "company_id",
                "birth_date",
                "minor",
            ),
        ),
        _ADDRESS,
        Section(
            "communication", _l("Communication"), ("phone", "mobile", "fax", "email", "email2", "website")
        ),
        _NOTES,
    ),
    columns=(
        _NO,
        _NAME,
        Column("type", _l("Type"), filter="type"),
        _PHONE,
        _CITY,
        Column("links", _l("In step with")),
        *_MORE,
        _CHANGED,
    ),
    filters=(
        Filter("type", _l("Type")),
        Filter("relation", _l("In step with")),
        *_COMMON_FILTERS,
        Filter("salesperson_id", _l("Salesperson")),
    ),
)

CUSTOMER = RecordType(
    kind="customer",
    address="customers",
    plural=_l("Customers"),
    new=_l("New customer"),
    sections=(
        Section(
            "general", _l("General"), ("no", "contact_type", "name", "name2", "language", "salesperson_id")
        ),
        _ADDRESS,
        _COMMUNICATION,
        Section(
            "invoicing",
            _l("Invoicing"),
            (
                "primary_contact_id",
                "contact_person",
                "contact_person_title",
                "currency",
                "vat_no",
                "registration_no",
                "tax_group_id",
                "blocked",
            ),
        ),
        Section("payments", _l("Payments"), ("payment_terms_id", "payment_method", "credit_limit")),
        _NOTES,
    ),
    columns=(
        *_TRADING_COLUMNS,
        Column("credit_limit", _l("Credit limit"), shown=False, filter="credit_limit"),
        _CHANGED,
    ),
    filters=(
        Filter("linked", _l("In step with")),
        Filter("blocked", _l("Blocked")),
        *_COMMON_FILTERS,
        Filter("payment_terms_id", _l("Payment terms")),
        Filter("tax_group_id", _l("Tax group")),
        Filter("credit_limit", _l("Credit limit"), "number"),
        Filter("salesperson_id", _l("Salesperson")),
    ),
)

VENDOR = RecordType(
    kind="vendor",
    address="vendors",
    plural=_l("Vendors"),
    new=_l("New vendor"),
    sections=(
        Section("general", _l("General"), ("no", "name", "name2", "language", "purchaser_id")),
        _ADDRESS,
        _COMMUNICATION,
        Section(
            "invoicing",
            _l("Invoicing"),
            (
                "primary_contact_id",
                "contact_person",
                "contact_person_title",
                "currency",
                "vat_no",
                "registration_no",
                "our_account_no",
                "blocked",
            ),
        ),
        Section("payments", _l("Payments"), ("payment_terms_id", "payment_method", "iban", "bic")),
        _NOTES,
    ),
    columns=(*_TRADING_COLUMNS, _CHANGED),
    filters=(
        Filter("linked", _l("In step with")),
        Filter("blocked", _l("Blocked")),
        *_COMMON_FILTERS,
        Filter("payment_terms_id", _l("Payment terms")),
        Filter("purchaser_id", _l("Purchaser")),
    ),
)

BANK_ACCOUNT = RecordType(
    kind="bank_account",
    address="bank-accounts",
    plural=_l("Bank accounts"),
    new=_l("New bank account"),
    sections=(
        Section("general", _l("General"), ("no", "label", "name", "name2", "language", "our_user_id")),
        Section(
            "bank",
            _l("Account"),
            ("bank_branch_no", "account_no", "iban", "bic", "account_currency", "blocked"),
        ),
        _ADDRESS,
        _COMMUNICATION,
        _NOTES,
    ),
    columns=(
        _NO,
        Column("label", _l("What the office calls it")),
        _NAME,
        _PHONE,
        _CITY,
        Column("iban", _l("IBAN")),
        Column("links", _l("In step with")),
        _BLOCKED,
        *_MORE,
        _CHANGED,
    ),
    filters=(
        Filter("linked", _l("In step with")),
        Filter("blocked", _l("Blocked")),
        *_COMMON_FILTERS,
        Filter("account_currency", _l("Account currency"), "currency"),
    ),
    permission="edit_bank",
)

RECORD_TYPES: dict[str, RecordType] = {one.kind: one for one in (CONTACT, CUSTOMER, VENDOR, BANK_ACCOUNT)}
BY_ADDRESS: dict[str, RecordType] = {one.address: one for one in RECORD_TYPES.values()}
