"""One of everything that an address can name, so that every route can be asked with ids that exist."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from extensions import db
from models import Contact, Link, Office, OutboxMessage, PaymentTerms, PrivacyErasure, PrivacyExport, User
from services import (
    accounts,
    backup,
    deletion,
    interactions,
    items,
    jobs,
    logos,
    office_export,
    records,
    spreadsheets,
)
from services.documents import payments
from services.imports import batches
from services.mail import outbox
from services.mail.letters import Attachment, Letter
from services.privacy import certificate, erasing, register
from services.privacy.registry import Scope
from tests.documents.support import make_document, make_issued
from tests.support import factories as make
from tests.support.people import BY_ROLE
from tests.support.png import one_colour
from tests.support.threads import write

INVITATION, RESET = "i" * 43, "r" * 43
# A text that must never reach who may not see it, and numbers that are valid.
VENDOR_IBAN = "FR1420041010050500013M02606"
ACCOUNT_IBAN = "DE89370400440532013000"
# What an address names when nothing else is said.
SECTION, PARTY, KIND = "address", "bank-account", "contacts"
REQUEST_STEPS = (
    *("privacy.show_request", "privacy.edit_request", "privacy.change_request", "privacy.letter"),
    *("privacy.check_identity", "privacy.send_code", "privacy.check_code", "privacy.begin_request"),
    *("privacy.extend_request", "privacy.answer_request", "privacy.close_request"),
)
ERASURES = ("privacy.show_erasure", "privacy.check_erasure", "privacy.erasure_pdf")
EXPORT_STEPS = ("privacy.export_state", "privacy.export_file", "privacy.retry_export")


@dataclass
class World:
    """Values for the arguments of addresses."""

    ids: dict[str, Any]

    def arguments(self, endpoint: str, names: set[str]) -> dict[str, Any]:
        """Values of an endpoint's arguments, all of which exist."""
        known = {
            "section": SECTION,
            "party": PARTY,
            "kind": "sales/invoices" if endpoint.startswith("documents.") else KIND,
            "link_id": self.ids["link"],
            "line_id": self.ids["line"],
            "target": "credit_memo",
            "payment_id": self.ids["payment"],
            "token": RESET if endpoint == "account.reset" else INVITATION,
            "page": "start",
            "word": "customers",
            "what": "persons",
            "filename": "carnet.css",
            "file_type": "xlsx",
            "file_id": self.ids["attachment"],
            "id": self.id_of(endpoint),
            "name": self.ids["backup"] if "backup" in endpoint else "terms",
        }
        if endpoint.endswith("letter_text"):
            known |= {"kind": "invoice", "language": "fr"}
        return {name: known[name] for name in names}

    def id_of(self, endpoint: str) -> Any:
        blueprint, _dot, view = endpoint.partition(".")
        special = {
            "privacy.ask_consent": "person", "privacy.save_consent": "person",
            "privacy.undo": "undo", "privacy.confirm_undo": "undo", "privacy.delete": "contacts",
            **dict.fromkeys(REQUEST_STEPS, "request"), **dict.fromkeys(ERASURES, "erasure"),
            **dict.fromkeys(EXPORT_STEPS, "data_export"),
            "outbox.write": "contacts", "outbox.send": "contacts",
            "documents.cancel_payment": "paid", "documents.pay": "paid",
            "interactions.new": "contacts", "interactions.create": "contacts",
        }  # fmt: skip
        if view == "download_export":
            return self.ids["export"]
        if view.endswith("_item"):
            return self.ids["items"]
        return self.ids.get(special.get(endpoint, blueprint), self.ids["contacts"])


def make_world(app: Flask, config: Config) -> World:
    """Fill the database; everything is made by the clerk, and the export by the administrator."""
    ids = write(app, _fill)
    with app.app_context():
        while jobs.advance(db.session(), ids["jobs"]):
            pass
        jobs.do_whole(db.session(), ids["export"], config.data)
    made = backup.make(config, sync_check=None)
    return World({**ids, "backup": made.path.name})


def _fill(session: Session) -> dict[str, Any]:
    family = make.make_family(session, salesperson_id=1)
    records.save(session, family.vendor, {"iban": VENDOR_IBAN, "bic": "PSSTFRPPXXX"}, by=make.BY)
    records.save(session, family.bank_account, {"iban": ACCOUNT_IBAN, "account_no": "77-1234567"}, by=make.BY)
    for kind in ("customer", "vendor", "bank_account"):
        make.make_party(session, kind, "Unlinked", linked=False)
    gone = deletion.delete(session, make.make_contact(session, "Deleted Ltd"), by=make.BY)
    sheet = spreadsheets.read(b"name;city\nImported;Lyon\n", "new.csv")
    batch = batches.start(session, "customer", sheet, original_name="new.csv", stored_name="", by=make.BY)
    job = batches.check(session, batch, names=batch.options["columns"], key="none", clear=False, by=make.BY)
    terms = PaymentTerms(code="SPARE", name="Spare")
    session.add(terms)
    logos.set_logo(session.get_one(Office, 1), one_colour())
    item = items.save(
        session, None, {"no": "PAIN-01", "description": "Bread", "unit_price": Decimal("3.25")}, by=None
    )
    users = {user.id: user for user in session.scalars(select(User))}
    newcomer = User(name="Nina New", email="nina@example.com", language="en", formats="en_CA")
    session.add(newcomer)
    session.flush()
    accounts.invite(session, newcomer, INVITATION, by=users[1])
    accounts.start_reset(session, newcomer, RESET)
    message = _message(session, family.contact.id)
    entry = interactions.record(
        session, "email_card", by=make.BY, contact_id=family.person.id, subject="Hello"
    )
    assert entry is not None
    interactions.cancel(entry, by=make.BY)
    session.flush()
    link = session.scalars(select(Link).where(Link.customer_id == family.customer.id)).one()
    paid = make_issued(session, "invoice", make.make_customer(session, "Paid Ltd"))
    payment = payments.register(
        session, paid, {"amount": Decimal(1), "date": paid.document_date, "method": "cash"}, by=make.BY
    )
    draft = make_document(session, "invoice", family.customer)
    return {
        "contacts": family.contact.id,
        "customers": family.customer.id,
        "vendors": family.vendor.id,
        "bank_accounts": family.bank_account.id,
        "person": family.person.id,
        "link": link.id,
        "undo": gone.id,
        "request": register.open_for_card(session, family.contact, "access", by=make.BY).id,
        "erasure": _erasure(session).id,
        "imports": batch.id,
        "jobs": job.id,
        "settings": terms.id,
        "outbox": message.id,
        "attachment": message.attachments[0].id,
        "interactions": entry.id,
        "items": item.id,
        "account": newcomer.id,
        "documents": draft.id,
        "line": draft.lines[0].id,
        "paid": paid.id,
        "payment": payment.id,
        "data_export": _data_export(session, family.contact, message),
        "export": office_export.ask_for_all(session, by=BY_ROLE["admin"].id).id,
    }


def _erasure(session: Session) -> PrivacyErasure:
    """The proof of an erasure, with its certificate."""
    card = make.make_contact(session, "Erased Ltd")
    asked = register.open_for_card(session, card, "erasure", by=make.BY)
    report = erasing.report_of(session, erasing.preview(session, Scope(contact=frozenset({card.id}))))
    report |= {"token": "t" * 32, "request": asked.no, "removed": {"contacts": 1}, "emptied": {}, "files": []}
    made = PrivacyErasure(
        request_id=asked.id, by_id=make.BY, report=report, sha256=certificate.digest(report)
    )
    session.add(made)
    session.flush()
    return made


def _data_export(session: Session, contact: Contact, message: OutboxMessage) -> int:
    """An export of a contact's data, made by the administrator, whose mail waits."""
    by = BY_ROLE["admin"].id
    asked = register.open_for_card(session, contact, "access", by=by)
    made = PrivacyExport(request_id=asked.id, state="made", file_name="carnet-data.xlsx", created_by=by)
    made.outbox_id = message.id
    session.add(made)
    session.flush()
    return made.id


def _message(session: Session, contact_id: int) -> OutboxMessage:
    """A message that every role with the outbox may see."""
    letter = Letter(
        to=["ada@example.com"],
        subject="Your quote",
        text="Good morning.",
        kind="document",
        attachments=[Attachment("quote.pdf", b"%PDF")],
        contact_id=contact_id,
    )
    return outbox.enqueue(session, letter, by=BY_ROLE["privacy_officer"].id)
