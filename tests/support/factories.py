"""Records to begin a test with, made through the doors that Carnet itself uses."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from models import BankAccount, Contact, Customer, Office, Vendor
from services import links, records

BY = 2  # the clerk


@dataclass
class Family:
    """A company with a customer, a vendor and two bank accounts, and a person who belongs to it."""

    contact: Contact
    customer: Customer
    vendor: Vendor
    bank_account: BankAccount
    second_account: BankAccount
    person: Contact

    @property
    def parties(self) -> list[Customer | Vendor | BankAccount]:
        return [self.customer, self.vendor, self.bank_account, self.second_account]

    @property
    def linked(self) -> list[Contact | Customer | Vendor | BankAccount]:
        """The five cards that share the company's fields."""
        return [self.contact, *self.parties]


def make_contact(session: Session, name: str = "Example Ltd", **values: Any) -> Contact:
    """A company contact."""
    contact = records.create(session, "contact", {"name": name, **values}, by=BY).record
    assert isinstance(contact, Contact)
    return contact


def make_person(
    session: Session, name: str = "Ada Example", company: Contact | None = None, **values: Any
) -> Contact:
    """A person contact, of a company or alone."""
    company_id = company.id if company is not None else None
    return make_contact(session, name, type="person", company_id=company_id, **values)


def make_party(
    session: Session, kind: str, name: str = "Example Ltd", *, linked: bool = True, **values: Any
) -> Any:
    """A customer, vendor or bank account; its contact is made with it unless it is not to be linked."""
    if linked:
        return records.create(session, kind, {"name": name, **values}, by=BY).record
    with no_contacts(session):
        return records.create(session, kind, {"name": name, **values}, by=BY).record


def make_customer(
    session: Session, name: str = "Example Ltd", *, linked: bool = True, **values: Any
) -> Customer:
    """A customer."""
    made: Customer = make_party(session, "customer", name, linked=linked, **values)
    return made


def make_vendor(session: Session, name: str = "Example Ltd", *, linked: bool = True, **values: Any) -> Vendor:
    """A vendor."""
    made: Vendor = make_party(session, "vendor", name, linked=linked, **values)
    return made


def make_bank_account(
    session: Session, name: str = "Example Bank", *, linked: bool = True, **values: Any
) -> BankAccount:
    """A bank account of the office."""
    made: BankAccount = make_party(session, "bank_account", name, linked=linked, **values)
    return made


def make_card(session: Session, kind: str, name: str = "Example Ltd", **values: Any) -> Any:
    """A card of any kind, linked with nothing."""
    return (
        make_contact(session, name, **values)
        if kind == "contact"
        else make_party(session, kind, name, linked=False, **values)
    )


def make_family(session: Session, **values: Any) -> Family:
    """A company with one party of each kind, a second bank account, and one person."""
    contact = make_contact(
        session, **{"name": "Family Ltd", "city": "Lyon", "phone": "04 72 00 00 00", **values}
    )
    parties: list[Any] = [
        links.create_as(session, contact, kind, by=BY).record
        for kind in ("customer", "vendor", "bank_account", "bank_account")
    ]
    person = make_person(session, "Ada Family", contact)
    return Family(contact, *parties, person)


@contextmanager
def no_contacts(session: Session) -> Iterator[None]:
    """While this lasts, parties are made without a contact."""
    office = session.get_one(Office, 1)
    before, office.create_contacts = office.create_contacts, False
    yield
    office.create_contacts = before
    session.flush()
