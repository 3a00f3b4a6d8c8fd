"""The sample company: entered through the doors, in step, and not a real name or number in it."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from models import (
    DOCUMENT_KINDS,
    MODELS,
    BankAccount,
    Contact,
    Customer,
    Document,
    HistoryEntry,
    Interaction,
    Link,
    Office,
    OutboxMessage,
    PartyTemplate,
    PrivacyRequest,
    User,
    Vendor,
)
from models.base import now
from services import clock, deletion, demo, passwords, records, sync
from services.documents import issuing, payments
from services.privacy import blocks, counting, retention, trail
from tests.documents.support import is_cancelled
from tests.support import databases
from tests.support.databases import Databases


@pytest.fixture(scope="module")
def sample(all_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The sample company, built once; these tests only look at it."""
    config = all_databases.fresh("sqlite", tmp_path_factory.mktemp("demo"), office=False)
    databases.fill(config, demo.build)
    engine = databases.plain_engine(config)
    with Session(engine) as session:
        yield session


def one(session: Session, kind: str, name: str) -> Customer | Vendor | BankAccount | Contact:
    return session.scalars(select(MODELS[kind]).where(MODELS[kind].name == name)).one()


def test_the_sample_company_is_in_step(sample: Session) -> None:
    """S10: all its linked cards agree, as after any other save."""
    assert sync.mismatches(sample) == []
    assert sync.linked_pairs(sample) > 30


def test_it_is_marked_as_a_sample_and_has_an_office(sample: Session) -> None:
    office = sample.get_one(Office, 1)
    assert office.is_demo and office.name == "Atelier Roy inc." and office.city == "Montréal"
    assert sample.scalars(select(PartyTemplate)).all()


def test_its_cards_show_what_carnet_does(sample: Session) -> None:
    """Companies, persons, parties, a free relation code, a blocked customer, and cards left unlinked."""
    contacts = sample.scalars(select(Contact)).all()
    assert 40 <= len(contacts) <= 60
    assert {contact.language[:2] for contact in contacts} == {"en", "fr"}
    assert sum(contact.company_id is not None for contact in contacts) >= 10
    parties = Counter((link.contact_id, link.kind) for link in sample.scalars(select(Link)))
    with_all = [
        contact
        for contact in contacts
        if parties[contact.id, "customer"]
        and parties[contact.id, "vendor"]
        and parties[contact.id, "bank_account"] == 2
    ]
    assert len(with_all) >= 2
    assert sum(code == "" for _contact, code in parties) >= 2
    freelancer = one(sample, "vendor", "Jade Thibault")
    assert sample.get_one(Contact, sync.contact_id_of(sample, freelancer)).type == "person"
    assert one(sample, "customer", "Boulangerie Roy").blocked == "all"


def test_a_contact_and_an_unlinked_customer_wait_to_be_linked(sample: Session) -> None:
    """L9: they differ in name, phone and address, so that the comparison has something to ask."""
    contact = one(sample, "contact", "Imprimerie Laliberté inc.")
    customer = one(sample, "customer", "Impr. Laliberté enr.")
    assert not records.links_of(sample, contact) and not records.links_of(sample, customer)
    assert all(getattr(contact, name) != getattr(customer, name) for name in ("name", "phone", "address"))


def test_nothing_in_it_reaches_a_real_person(sample: Session) -> None:
    for model in MODELS.values():
        for card in sample.scalars(select(model)):
            assert not card.email or card.email.endswith(".example")
            assert not card.website or re.fullmatch(r"https://[a-z.-]+\.example", card.website)
            for phone in filter(None, (card.phone, card.mobile, card.fax)):
                assert re.fullmatch(r"\d{3} 555-01\d\d", phone), phone


def test_its_history_is_told_in_order_by_several_users(sample: Session) -> None:
    """U-X6: weeks of it, on working days, and nothing of it is still to come."""
    entries = sample.scalars(select(HistoryEntry).order_by(HistoryEntry.id)).all()
    moments = [entry.at for entry in entries]
    assert moments == sorted(moments) and moments[-1] < now()
    assert moments[-1] - moments[0] > timedelta(weeks=6)
    assert all(moment.weekday() < 5 for moment in moments)
    changed_lately = {entry.by_id for entry in entries if entry.action == "changed"}
    assert len(changed_lately) >= 3
    of_cards = {"created", "changed", "linked", "unlinked", "deleted", "privacy_blocked"}
    assert of_cards == {entry.action for entry in entries if entry.kind in MODELS}


def test_it_has_documents_of_every_kind_in_both_languages(sample: Session) -> None:
    """O4, O6, O7: drafts, open ones, issued ones; paid, partly paid, overdue and cancelled invoices."""
    documents = sample.scalars(select(Document)).all()
    assert {document.kind for document in documents} == set(DOCUMENT_KINDS)
    assert {document.language[:2] for document in documents} == {"en", "fr"}
    assert {document.state for document in documents} == {"draft", "open", "converted", "issued"}
    assert {document.currency for document in documents} == {"CAD", "USD"}
    issued = [document for document in documents if document.is_issued]
    assert all(issuing.stored_pdf(sample, document) is not None for document in issued)
    invoices = [document for document in issued if document.kind == "invoice"]
    open_now = {document.id: payments.open_amount(sample, document) for document in invoices}
    assert any(is_cancelled(sample, document) for document in invoices)
    assert any(0 < open_now[document.id] < document.total for document in invoices)
    roy = [document for document in invoices if document.name == "Boulangerie Roy"]
    today = now().date()
    assert len(roy) == 3
    assert all(payments.is_overdue(document, open_now[document.id], today) for document in roy)
    assert sum(open_now[document.id] == 0 for document in invoices) >= 2


def test_its_privacy_desk_has_work_of_every_kind(sample: Session) -> None:
    """Y-C1: requests in both languages, one due soon, one late, one closed; blocks, and years of keeping."""
    today = clock.today(sample.get_one(Office, 1))
    requests = sample.scalars(select(PrivacyRequest)).all()
    assert {request.language for request in requests} == {"en", "fr"}
    assert len({request.kind for request in requests}) >= 5
    assert {request.regime for request in requests} == {"QC"}
    counts = counting.counts(sample, today)
    assert counts["soon"] == counts["late"] == 1 and counts["open"] >= 4
    closed = [request for request in requests if request.state == "closed"]
    assert {request.outcome for request in closed} == {"granted", "refused"}
    assert trail.verify(sample) == []
    customer = one(sample, "customer", "Gérald Hamel")
    assert [block.ground for block in blocks.active(sample, customer)] == ["request"]
    child = one(sample, "contact", "Rosalie Émond")
    assert [block.ground for block in blocks.active(sample, child)] == ["minor"]
    assert retention.years_of(sample, "accounting", ["CA"]) == 7


def test_the_bin_holds_cards_that_can_come_back(sample: Session) -> None:
    """D7: what was deleted in the story is still within its 30 days."""
    entries = deletion.bin_entries(sample)
    assert len(entries) == 2
    assert all(deletion.check_undo(sample, entry)["cards"] for entry in entries)


def test_its_users_cover_the_roles_and_their_password_is_allowed(sample: Session) -> None:
    """R-AUTH-2 holds for the password that the start prints."""
    users = sample.scalars(select(User).order_by(User.id)).all()
    zoe, antoine, _marcus, odile, priya = users
    assert zoe.is_admin and zoe.is_clerk and zoe.is_privacy_officer
    assert antoine.is_clerk and not antoine.is_admin and antoine.language == "fr"
    assert odile.is_privacy_officer and not odile.is_clerk
    assert not (priya.is_admin or priya.is_clerk or priya.is_privacy_officer)
    for user in users:
        passwords.check(demo.PASSWORD, name=user.name, email=user.email)
        assert user.password_hash.startswith("scrypt:")
    assert passwords.matches(demo.PASSWORD, antoine.password_hash)


@pytest.mark.both_databases
def test_it_is_built_once_and_says_who_can_sign_in(
    empty_config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    """Q4, U-S4: a later start finds it as it was left."""
    from app import create_app

    app = create_app(empty_config)
    demo.prepare(app)
    before = databases.dump(empty_config)
    demo.prepare(app)
    assert databases.dump(empty_config) == before
    assert len(before["users"]) == len(demo.USERS)
    said = capsys.readouterr().out
    assert demo.PASSWORD in said and "zoe@atelier-roy.example" in said


def test_it_said_and_wrote_something_in_both_languages(sample: Session) -> None:
    """I1, I2, I4: entries by hand of each kind, a cancelled one, mails of documents, and one that waits."""
    entries = sample.scalars(select(Interaction)).all()
    assert {"call", "meeting", "letter", "note"} <= {one.action for one in entries}
    automatic = {"email_quote", "email_invoice", "email_card", "print_blanket_order", "convert"}
    assert automatic <= {one.action for one in entries}
    assert [one.subject for one in entries if one.cancelled_at is not None] == ["The chairs are ready"]
    messages = sample.scalars(select(OutboxMessage)).all()
    assert [one.subject for one in messages if one.state == "waiting"] == ["Votre devis"]
    bodies = " ".join(one.body for one in messages if one.state == "sent")
    assert "Bonjour" in bodies and "Hello" in bodies
