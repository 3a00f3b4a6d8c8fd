"""Erasing a person: nothing of them is left, or only what the law keeps, in exactly the rows that were planned."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import Config
from models import (
    Contact,
    Customer,
    Document,
    HistoryEntry,
    Interaction,
    Link,
    OutboxAttachment,
    OutboxMessage,
    PrivacyBlock,
    PrivacyErasure,
    PrivacyExport,
    PrivacyRequest,
    UndoEntry,
    Vendor,
)
from services import datadir, deletion, interactions, records, sync
from services.documents import converting, saving
from services.documents.guards import Invoiced
from services.mail import outbox
from services.mail.letters import Attachment, Letter
from services.privacy import certificate, dossier, erasing, register, registry
from services.privacy.registry import Erased, Step
from tests.documents.support import issue, make_document, make_issued
from tests.privacy import canary
from tests.privacy.erasing_support import carry_out, erase, scope_of
from tests.privacy.test_workbook import exported, sheets_of
from tests.support.factories import BY, make_contact, make_customer, make_family, make_person

pytestmark = pytest.mark.both_databases


def rows(session: Session, model: type[Any]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_r_priv_1_nothing_is_left_of_a_person_without_invoices(session: Session, config: Config) -> None:
    """R-PRIV-1, Y-H1: a value in every personal column; then a search through the bytes of the data folder."""
    planted = canary.plant(session, config)
    session.commit()
    assert len(planted.values) > 60
    if config.is_sqlite:
        assert set(canary.found_in(config.data, planted.values)) == set(planted.values)
    made = erase(session, config, scope=planted.scope)
    for model in (
        Contact,
        Customer,
        Vendor,
        Document,
        Interaction,
        Link,
        OutboxMessage,
        UndoEntry,
        HistoryEntry,
    ):
        assert rows(session, model) == 0, model
    session.rollback()
    assert canary.found_in(config.data, {**planted.values, "mark": canary.MARK}, "backups") == {}
    assert certificate.is_intact(made) and made.report["removed"]["contacts"] == 2


def test_y_h3_with_invoices_only_posted_documents_still_say_who(session: Session, config: Config) -> None:
    """Y-H3: the customer stays as a number, blocked for privacy; drafts and quotes are gone (Y-H2)."""
    planted = canary.plant(session, config, invoiced=True)
    session.commit()
    customer = planted.family.customer
    no, id_ = customer.no, customer.id
    made = erase(session, config, scope=planted.scope)
    customer = session.get_one(Customer, id_)
    assert (customer.name, customer.email, customer.notes, customer.blocked) == (no, "", "", "none")
    assert records.links_of(session, customer) == [] and sync.mismatches(session) == []
    block = session.scalars(select(PrivacyBlock).where(PrivacyBlock.kind == "customer")).one()
    assert (block.record_id, block.ground, block.lifted_at) == (id_, "erasure", None)
    assert [one.state for one in session.scalars(select(Document))] == ["issued"]
    assert rows(session, Contact) == rows(session, Interaction) == 0
    said = {value for pair in session.execute(select(HistoryEntry.old, HistoryEntry.new)) for value in pair}
    assert said == {None, "", "erasure"}
    assert [kept["kind"] for kept in made.report["kept"]] == ["invoice"]
    session.rollback()
    # What is issued was frozen before the canary came: it says its own.
    assert canary.found_in(config.data, planted.values, "backups") == {}


def test_the_workbook_has_every_canary_before_and_none_afterwards(
    session: Session, config: Config, tmp_path: Path
) -> None:
    """What searches read is in no workbook, and files are beside it; all else that is personal is in it."""
    planted = canary.plant(session, config, invoiced=True)
    with exported(session, planted.family.customer, tmp_path) as maker:
        said = repr(sheets_of(maker))
    missing = {column for column, value in planted.values.items() if value not in said}
    assert missing <= {
        *canary.UNSAID,
        "document_files.content",
        "outbox_attachments.content",
        "undo_entries.snapshot",
    }
    session.commit()
    erase(session, config, scope=planted.scope)
    customer = session.get_one(Customer, planted.family.customer.id)
    with exported(session, customer, tmp_path) as maker:
        said = repr(sheets_of(maker))
    assert [column for column, value in planted.values.items() if value in said] == []
    # The invoice, which nobody may change, is the one place that still says who it was.
    assert said.count("Canary Ltd") == 1


def test_y_h2_open_orders_wait_and_what_an_invoice_came_from_stays(session: Session, config: Config) -> None:
    customer = make_customer(session)
    order = make_document(session, "order", customer)
    found = erasing.preview(session, scope_of(customer))
    with pytest.raises(Invoiced, match="open orders"):
        erasing.check(found, found.digest)
    issue(session, converting.convert(session, order, "invoice", by=BY).document)
    make_document(session, "quote", customer)
    erase(session, config, customer)
    kept = session.scalars(select(Document).order_by(Document.id)).all()
    assert [one.kind for one in kept] == ["order", "invoice"]


@pytest.mark.parametrize("kind", ["customer", "vendor", "bank_account"])
def test_y_h4_either_end_goes_alone(session: Session, config: Config, kind: str) -> None:
    """Y-H4: both directions; the other end keeps its values."""
    for goes_first in (True, False):
        family = make_family(session)
        party = getattr(family, kind)
        interactions.record(session, "email_card", by=BY, contact_id=family.contact.id, subject="Hello")
        going, staying = (party, family.contact) if goes_first else (family.contact, party)
        values = {name: getattr(staying, name) for name in ("name", "city", "phone")}
        erase(session, config, going)
        assert session.get(type(going), going.id) is None
        staying = session.get_one(type(staying), staying.id)
        assert {name: getattr(staying, name) for name in values} == values
        assert rows(session, Interaction) == (1 if goes_first else 0)
        erase(session, config, staying)


def test_y_h6_interactions_of_a_person_never_become_the_companys(session: Session, config: Config) -> None:
    """Y-H5, Y-H6: the company stays as it is, and so does a homonym."""
    family = make_family(session)
    homonym = make_person(session, family.person.name)
    for contact in (family.person, family.contact, homonym):
        interactions.record(session, "email_card", by=BY, contact_id=contact.id, subject=f"Of {contact.id}")
    gone = family.person.id
    erase(session, config, family.person)
    assert set(session.scalars(select(Interaction.subject))) == {
        f"Of {family.contact.id}",
        f"Of {homonym.id}",
    }
    assert session.get(Contact, gone) is None and session.get(Contact, homonym.id) is not None


def test_d7_what_could_bring_a_card_back_goes_with_it(session: Session, config: Config) -> None:
    """D7: the bin and undone links of the subject, not those of others."""
    family, other = make_family(session), make_contact(session, "Other Ltd")
    deletion.delete(session, family.vendor, by=BY)
    deletion.delete(session, other, by=BY)
    scope = dossier.scope_of(session, family.contact)
    erase(session, config, scope=scope)
    assert [entry.label for entry in session.scalars(select(UndoEntry))] == [f"{other.no} Other Ltd"]


def test_y_b6_the_digest_changes_with_any_row_of_the_plan(session: Session) -> None:
    """Y-B6: the plan names each row and how it looked."""
    family = make_family(session)
    entry = interactions.record(session, "email_card", by=BY, contact_id=family.contact.id, subject="Hello")
    assert entry is not None
    before = erasing.preview(session, scope_of(family.contact))
    assert erasing.preview(session, scope_of(family.contact)).digest == before.digest
    assert erasing.preview(session, scope_of(family.contact, family.person)).digest != before.digest
    entry.body = "More"
    session.flush()
    after = erasing.preview(session, scope_of(family.contact))
    assert after.digest != before.digest
    with pytest.raises(erasing.Changed):
        erasing.check(after, before.digest)
    assert {(step.table, step.action) for step in after.steps} >= {
        ("contacts", "delete"),
        ("links", "delete"),
    }
    assert all(len(step.marks) == len(step.ids) for step in after.steps)


def test_y_a2_a_part_that_cannot_do_its_share_takes_everything_back(
    session: Session, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Y-A2: a part that is added stands in the plan; one that fails, or is not done, erases nothing."""
    contact = make_contact(session)
    session.commit()
    added = registry.Module("cakes", "Cakes", ())
    added.plan = lambda *_all: [Step("cakes", "contacts", "keep", "cake", (contact.id,), "", ("x",))]
    added.erase = lambda *_all: Erased(done=False)
    monkeypatch.setitem(registry.MODULES, "cakes", added)
    found = erasing.preview(session, scope_of(contact))
    assert [step.reason for step in found.steps if step.module == "cakes"] == ["cake"]
    with pytest.raises(erasing.Incomplete):
        carry_out(session, config, contact)
    session.rollback()
    assert session.get(Contact, contact.id) is not None and rows(session, PrivacyErasure) == 0

    def locate(*_all: Any) -> Any:
        raise ValueError

    added.locate = locate
    with pytest.raises(erasing.Incomplete, match="Cakes"):
        erasing.preview(session, scope_of(contact))


def test_r_inv_1_series_stay_gapless_and_issued_invoices_as_they_were(
    session: Session, config: Config
) -> None:
    customer = make_customer(session, "Bought Ltd")
    first = make_issued(session, "invoice", customer)
    before = (first.no, first.name, first.version)
    erase(session, config, customer)
    session.refresh(first)
    assert (first.no, first.name, first.version) == before
    second = make_issued(session, "invoice", make_customer(session, "Next Ltd"))
    assert int(second.no[-5:]) == int(first.no[-5:]) + 1


def test_r_priv_1_files_about_the_company_that_wait_go_too(session: Session, config: Config) -> None:
    """R-PRIV-1: a person stands in the export of the company; it can be made again without them."""
    family = make_family(session)
    asked = register.open_for_card(session, family.customer, "access", by=BY)
    made = PrivacyExport(request_id=asked.id, state="made", form="xlsx")
    session.add(made)
    session.flush()
    file = datadir.exports(config.data) / f"{made.id}.xlsx"
    file.write_bytes(b"PK")
    session.commit()
    erase(session, config, family.person)
    assert not file.exists() and session.get_one(PrivacyExport, made.id).state == "gone"
    assert session.get_one(PrivacyRequest, asked.id).subject_label == "Family Ltd"


def test_r_priv_1_a_quote_of_the_company_forgets_the_person_whom_it_was_for(
    session: Session, config: Config
) -> None:
    """R-PRIV-1: the quote stays the company's, with the company's address and without the person's name."""
    family = make_family(session, email="office@family.example")
    records.save(session, family.person, {"email": "ada@family.example"}, by=BY)
    for_person = {"person": session.get_one(Contact, family.person.id), "by": BY}
    quote = saving.create(session, "quote", family.customer, **for_person)
    typed = saving.create(session, "quote", family.customer, **for_person)
    saving.save_header(session, typed, {"contact_person": "Somebody Else"}, by=BY)
    saving.save_header(session, typed, {"contact_person": "Ada Family"}, by=BY)
    session.commit()
    assert (quote.contact_person, quote.email) == ("Ada Family", "ada@family.example")
    erase(session, config, family.person)
    for one in (quote, typed):
        session.refresh(one)
        assert (one.contact_id, one.contact_person, one.email) == (None, "", "office@family.example")
        assert (one.customer_id, one.name) == (family.customer.id, "Family Ltd")
    said = session.execute(select(HistoryEntry.old, HistoryEntry.new)).all()
    assert not [line for line in said if "Ada Family" in line or "ada@family.example" in line]


def test_y_b6_files_of_a_mail_that_goes_are_in_the_plan(session: Session, config: Config) -> None:
    """Y-B6: also of one about the company that went to the person alone."""
    family = make_family(session)
    records.save(session, family.person, {"email": "ada@family.example"}, by=BY)
    letter = Letter(
        to=["ada@family.example"], subject="Invoice", text="Hello", kind="card",
        attachments=[Attachment("invoice.pdf", b"%PDF", "application/pdf")], about=("customer", family.customer.id),
    )  # fmt: skip
    outbox.enqueue(session, letter, by=BY)
    session.commit()
    made = erase(session, config, family.person)
    assert (rows(session, OutboxMessage), rows(session, OutboxAttachment)) == (0, 0)
    assert made.report["removed"]["outbox_attachments"] == 1
