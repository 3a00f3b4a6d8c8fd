"""Correcting a person's data: everywhere at once, with what stays as it was and whom to tell (Y-I1, Y-I2)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Contact, Document, OutboxMessage, PrivacyRequest, PrivacyStep, TrailEntry
from models.base import now
from services import records
from services.documents import converting
from services.mail import outbox
from services.mail.letters import Letter
from services.privacy import blocks, correcting
from tests.documents.support import make_document, make_issued
from tests.privacy.support import ADDRESSES, Do, make, stored
from tests.support import factories
from tests.support.client import Client
from tests.support.factories import BY

ClientOf = Callable[..., Client]


def url_of(card: Any) -> str:
    return f"/{ADDRESSES[card.KIND]}/{card.id}/privacy/correct"


@pytest.fixture
def filled(do: Do) -> dict[str, Any]:
    """One contact, three parties, two open documents, three posted ones, of which one was mailed."""

    def fill(session: Session) -> dict[str, Any]:
        family = factories.make_family(session, email="old@example.com")
        issued = [make_issued(session, kind, owner) for kind, owner in (
            ("invoice", family.customer), ("credit_memo", family.customer), ("purchase_invoice", family.vendor),
        )]  # fmt: skip
        letter = Letter(
            to=["told@example.com"],
            subject="Invoice",
            text="Hello",
            kind="document",
            about=("invoice", issued[0].id),
        )
        message = outbox.enqueue(session, letter, by=BY)
        message.state = "sent"
        message.recipients[0].state, message.recipients[0].sent_at = "sent", now()
        return {
            "family": family,
            "quote": make_document(session, "quote", family.customer),
            "draft": make_document(session, "invoice", family.customer),
            "issued": issued,
            "message": message,
        }

    return dict(do(fill))


def send(officer: Client, form: Any, typed: dict[str, str], what: str, *documents: Document) -> Any:
    """Press a button of the page, with these open documents ticked."""
    ticked = [str(one.id) for one in documents]
    return officer.browser.post(form.action, data={**form.filled(typed), "do": what, "document": ticked})


def document(do: Do, one: Document) -> Any:
    return do(lambda session: session.get_one(Document, one.id))


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", ["contact", "customer", "vendor", "bank_account"])
def test_y_i1_a_correction_shows_before_and_after_and_is_made_everywhere(
    do: Do, filled: dict[str, Any], client_of: ClientOf, kind: str, language: str
) -> None:
    """Y-I1: from each card; ticked open documents follow, issued ones never, and the proof is at the request."""
    family = filled["family"]
    card, officer = getattr(family, kind), client_of("privacy_officer", language=language)
    # A block never keeps a correction that a person asked for away (Y-H8).
    do(lambda session: blocks.add(session, session.get_one(Contact, family.contact.id), "erasure", by=BY))
    form = officer.page(url_of(card)).form(of="seen")
    typed = {"name": "Right Name Ltd", "city": "Québec"}
    page = officer.read(send(officer, form, typed, "look"), form.action, 200)
    said = page.main.text
    for other in family.linked:
        assert other.no in said
    for one in (filled["quote"], filled["draft"]):
        assert page.all(id=f"document-{one.id}")
    for one in filled["issued"]:
        assert f'/{one.id}"' in page.markup and not page.all(id=f"document-{one.id}")
    assert "Family Ltd" in said and "Lyon" in said and "told@example.com" in said and "Right Name Ltd" in said
    assert f"/sales/invoices/{filled['issued'][0].id}/cancel" not in page.markup
    form = page.form(of="seen")
    assert send(officer, form, typed, "save", filled["quote"]).status_code == 303
    for other in family.linked:
        now_ = stored(do, other.KIND, other.id)
        assert (now_.name, now_.city) == ("Right Name Ltd", "Québec")
    assert (document(do, filled["quote"]).name, document(do, filled["draft"]).name) == (
        "Right Name Ltd",
        "Family Ltd",
    )
    assert {document(do, one).name for one in filled["issued"]} == {"Family Ltd"}
    asked = do(lambda session: session.scalars(select(PrivacyRequest)).one())
    steps = do(lambda session: list(session.scalars(select(PrivacyStep).order_by(PrivacyStep.id))))
    assert asked.kind == "correction"
    assert [(one.action, one.proof_kind) for one in steps] == [("received", ""), ("corrected", "history")]
    line = do(
        lambda session: session.scalars(select(TrailEntry).where(TrailEntry.action == "corrected")).one()
    )
    assert (line.fields, line.request_no) == (["city", "name"], asked.no)
    # The person of the company takes its address over.
    assert line.counts == {"cards": 6, "documents": 1}


def test_y_i1_an_issued_document_in_the_form_refuses_everything(
    do: Do, filled: dict[str, Any], client_of: ClientOf
) -> None:
    """Y-I1: 409, and neither a card nor a document is changed; nor for a document of somebody else."""
    family, officer = filled["family"], client_of("privacy_officer")
    strange = do(lambda session: make_document(session, "invoice"))
    for one in (filled["issued"][0], strange):
        form = officer.page(url_of(family.contact)).form(of="seen")
        answer = send(officer, form, {"name": "Right Name Ltd"}, "save", filled["quote"], one)
        assert officer.read(answer, form.action, 409).form(of="seen").filled({})["name"] == ["Right Name Ltd"]
    assert stored(do, "contact", family.contact.id).name == "Family Ltd"
    assert document(do, filled["quote"]).name == "Family Ltd"
    assert do(lambda session: session.scalars(select(PrivacyRequest)).all()) == []


@pytest.mark.parametrize("meanwhile", ["contact", "customer"])
def test_y_i2_what_somebody_saved_meanwhile_is_shown_and_chosen(
    do: Do, client_of: ClientOf, meanwhile: str
) -> None:
    """Y-I2: a change on a linked card counts too; both values are shown, and one of them is taken."""
    family, officer = make(do, factories.make_family), client_of("privacy_officer")
    form = officer.page(url_of(family.contact)).form(of="seen")
    other = getattr(family, meanwhile)
    do(lambda session: records.save(session, session.get_one(type(other), other.id), {"city": "Nice"}, by=BY))
    typed = {"city": "Québec", "phone": "1 23"}
    for button in ("look", "save"):
        page = officer.read(send(officer, form, typed, button), form.action, 409)
        assert "Nice" in page.main.text and "Québec" in page.markup
    assert stored(do, "contact", family.contact.id).phone == family.contact.phone
    again = page.form(of="seen")
    answer = send(officer, again, {"take_city": "theirs"}, "save")
    assert answer.status_code == 303
    for card in family.linked:
        now_ = stored(do, card.KIND, card.id)
        assert (now_.city, now_.phone) == ("Nice", "1 23")


def test_the_name_of_a_person_is_corrected_by_its_parts(do: Do, client_of: ClientOf) -> None:
    person = make(do, factories.make_person, "Zoe Tremblay")
    officer = client_of("privacy_officer")
    form = officer.page(url_of(person)).form(of="seen")
    assert "name" not in form.names
    assert send(officer, form, {"first_name": "Zoé"}, "save").status_code == 303
    assert stored(do, "contact", person.id).name == "Zoé Tremblay"


def test_what_does_not_fit_is_said_and_what_was_typed_stays(do: Do, client_of: ClientOf) -> None:
    contact, officer = make(do, factories.make_contact), client_of("privacy_officer")
    form = officer.page(url_of(contact)).form(of="seen")
    for button in ("look", "save"):
        page = officer.read(
            send(officer, form, {"email": "nobody", "city": "Laval"}, button), form.action, 422
        )
        assert page.all(id="email-error") and 'value="Laval"' in page.markup
    assert stored(do, "contact", contact.id).city == ""


def test_only_who_was_told_in_the_last_24_months_is_named(
    do: Do, filled: dict[str, Any], client_of: ClientOf
) -> None:
    def age(session: Session) -> None:
        message = session.get_one(OutboxMessage, filled["message"].id)
        message.recipients[0].sent_at = now() - timedelta(days=740)

    do(age)
    officer = client_of("privacy_officer")
    form = officer.page(url_of(filled["family"].contact)).form(of="seen")
    page = officer.read(send(officer, form, {"city": "Laval"}, "look"), form.action, 200)
    assert "told@example.com" not in page.main.text


def test_y_i1_every_open_document_is_listed_however_many_were_converted(
    do: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Y-I1: converted ones do not push it off the list."""
    monkeypatch.setattr(correcting, "MOST", 1)

    def work(session: Session) -> None:
        customer = factories.make_family(session).customer
        still_open = [make_document(session, "quote", customer) for _number in range(2)]
        converting.convert(session, make_document(session, "quote", customer), "order", by=BY)
        order = session.scalars(select(Document).where(Document.kind == "order")).one()
        found = correcting.plan(session, customer, {"city": "Laval"})
        assert {one.id for one in found.open} == {one.id for one in (*still_open, order)}

    do(work)
