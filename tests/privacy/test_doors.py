"""Blocks for privacy at every door: each address that writes is decided here, and a new one has to be (Y-H8)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import MODELS, Document, Link, OutboxMessage, RelationCode
from services import records
from services.documents import converting, payments, saving, templates
from services.errors import PrivacyBlocked
from services.mail import outbox
from services.mail.letters import Letter
from services.privacy import blocks
from tests.documents.support import make_document, make_issued, pdf
from tests.privacy.support import ADDRESSES, Do
from tests.support.client import Client
from tests.support.factories import BY, Family, make_contact, make_family, make_party, make_person
from tests.support.routes import cells

ClientOf = Callable[..., Client]

# Addresses of the desk itself: what it does with a blocked person is its purpose.
DESK = ("privacy_desk", "privacy_export", "trail")
# What stays possible, and why.
FREE = {
    "a card of its own is made": (
        *("contacts.create", "customers.create", "vendors.create", "bank_accounts.create"),
        *("contacts.duplicates", "customers.duplicates", "vendors.duplicates", "bank_accounts.duplicates"),
    ),
    "it writes nothing": (
        *("contacts.changes", "customers.changes", "vendors.changes", "bank_accounts.changes", "lookup.echo"),
    ),
    "money comes in, and what was invoiced is taken back": (
        *("documents.pay", "documents.cancel_payment", "documents.cancel"),
    ),
    "less is kept": ("documents.delete", "outbox.cancel"),
    "what the person says or writes is recorded": (
        *("interactions.create", "interactions.save", "interactions.cancel", "interactions.restore"),
        "interactions.delete",
    ),
    "a refusal stands on the row, and the others go on": (
        *("customers.create_contacts", "vendors.create_contacts", "bank_accounts.create_contacts"),
        *("imports.upload", "imports.choose", "imports.choose_for_all", "imports.check", "imports.discard"),
        *("imports.read_again", "imports.run", "imports.undo", "jobs.resume", "jobs.stop"),
    ),
    "it brings back or takes back, and the block holds for what it brings": ("privacy.undo",),
    "it is not about a card": (*("account.", "settings.", "home.hide_setup"),),
}


@dataclass
class Place:
    """A family that is blocked for privacy, cards linked with nothing that are too, and their documents."""

    family: Family
    lone: Any
    alone: dict[str, Any]
    quote: Document
    order: Document
    draft: Document
    issued: Document
    message: Any
    link: Link
    code: int


def fill(session: Session) -> Place:
    family = make_family(session, email="a@example.com")
    quote = make_document(session, "quote", family.customer)
    order = make_document(session, "order", family.customer)
    about = ("customer", family.customer.id)
    letter = Letter(to=["a@example.com"], subject="Hello", text="Hello", kind="card", about=about)
    return Place(
        family,
        make_contact(session, "Lone Ltd"),
        {
            kind: make_party(session, kind, "Alone Ltd", linked=False)
            for kind in ("customer", "vendor", "bank_account")
        },
        quote,
        order,
        make_document(session, "invoice", family.customer),
        make_issued(session, "invoice", family.customer),
        outbox.enqueue(session, letter, by=BY),
        session.scalars(select(Link).where(Link.customer_id == family.customer.id)).one(),
        session.scalars(select(RelationCode.id).where(RelationCode.code == "PRESS")).one(),
    )


def block(session: Session, place: Place, ground: str = "request") -> None:
    review = date.today() + timedelta(days=30) if ground in blocks.RESTRICTIONS else None
    for card in (place.family.contact, place.lone, *place.alone.values()):
        blocks.add(session, session.get_one(type(card), card.id), ground, by=BY, review_on=review)


Door = tuple[str, dict[str, Any], str]


def doors(place: Place) -> dict[str, list[Door]]:
    """By address: where its form is read before the block is set, what is typed, and a field of the form."""
    family, alone = place.family, place.alone
    contact, customer = f"/contacts/{family.contact.id}", f"/customers/{family.customer.id}"
    lone = f"/contacts/{place.lone.id}"
    quote, order = f"/sales/quotes/{place.quote.id}", f"/sales/orders/{place.order.id}"
    draft, issued = f"/sales/invoices/{place.draft.id}", f"/sales/invoices/{place.issued.id}"
    line = {"description": "Cake", "quantity": "1", "unit_price": "1"}
    sections = {
        "contacts": family.contact,
        "customers": family.customer,
        "vendors": family.vendor,
        "bank-accounts": family.bank_account,
    }
    saves = {
        f"{word.replace('-', '_')}.save": [
            (f"/{word}/{card.id}/communication/edit", {"phone": "1 23"}, "seen")
        ]
        for word, card in sections.items()
    }
    makes = {
        f"{ADDRESSES[kind].replace('-', '_')}.make_contact": [
            (f"/{ADDRESSES[kind]}/{card.id}/contact", {}, "")
        ]
        for kind, card in alone.items()
    }
    link = f"{lone}/link/customer?party_id={alone['customer'].id}"
    mail = {"to": "a@example.com", "subject": "Hello", "text": "Hello"}
    return {
        **saves,
        **makes,
        "contacts.create_as": [(f"{lone}/create-as/vendor", {}, "")],
        "contacts.link": [(link, {"wins_name": "contact"}, "party_id")],
        "contacts.unlink": [(f"{contact}/unlink/{place.link.id}", {}, "")],
        "contacts.add_relation": [
            (f"{contact}/relations", {"relation_code_id": str(place.code)}, "relation_code_id")
        ],
        "outbox.send": [(f"{base}/email", mail, "subject") for base in (contact, customer)],
        "outbox.retry": [(f"/outbox/{place.message.id}", {}, f"/outbox/{place.message.id}/retry")],
        "privacy.delete": [(f"{lone}/delete", {}, "confirm")],
        "privacy.delete_many": [(f"/contacts/delete?ids={place.lone.id}", {}, "confirm")],
        "documents.create": [
            (f"/{area}/{kind}/new?{key}={id_}", {}, "once")
            for area, kind, key, id_ in (
                *(
                    ("sales", kind, "customer_id", family.customer.id)
                    for kind in ("quotes", "orders", "invoices")
                ),
                ("sales", "invoices", "contact_id", place.lone.id),
                ("sales", "quotes", "contact_id", place.lone.id),
                *(
                    ("purchases", kind, "vendor_id", family.vendor.id)
                    for kind in ("quotes", "orders", "invoices")
                ),
            )
        ],
        "documents.convert": [
            (f"{quote}/convert/invoice", {}, ""),
            (f"{quote}/convert/order", {}, ""),
            (f"{order}/convert/invoice", {}, ""),
        ],
        "documents.issue": [(f"{draft}/issue", {}, "")],
        "documents.save": [
            (f"{one}/details/edit", {"reference": "R-1"}, "reference") for one in (quote, order, draft)
        ],
        "documents.add_line": [(one, line, f"{one}/lines") for one in (quote, draft)],
        "documents.save_line": [],
        "documents.delete_line": [],
        "documents.move_line": [],
        "documents.refresh": [],
        "documents.change_template": [],
        "documents.print_document": [(one, {}, f"{one}/print") for one in (quote, order)],
        "documents.send_mail": [(f"{one}/send", mail, "subject") for one in (quote, order, issued)],
    }


def is_free(endpoint: str) -> bool:
    names = [name for several in FREE.values() for name in several]
    return any(endpoint == name or (name.endswith(".") and endpoint.startswith(name)) for name in names)


@pytest.fixture
def place(do: Do) -> Place:
    made: Place = do(fill)
    return made


def test_every_address_that_writes_is_decided(place: Place) -> None:
    """Y-H8: what a block for privacy means for each of them; a new address fails here until that is said."""
    decided = doors(place)
    for method, permission, endpoint, _rule in cells():
        if method == "POST" and permission not in ("open", *DESK):
            assert (endpoint in decided) is not is_free(endpoint), endpoint


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_door_refuses_a_blocked_card(do: Do, place: Place, client_of: ClientOf, language: str) -> None:
    """Y-H8: 409 with the number and the day, also where the form was open before the block; nothing is written."""
    client = client_of("clerk", language=language)
    before = [
        (endpoint, url, client.page(url).form(**_which(field)), typed)
        for endpoint, several in doors(place).items()
        for url, typed, field in several
    ]
    do(lambda session: block(session, place))
    counts = do(rows)
    said = {"en": "is blocked for privacy", "fr": "est bloqué pour confidentialité"}[language]
    open_doors = []
    for endpoint, url, form, typed in before:
        answer = client.browser.post(form.action, data={**form.filled({}), **typed})
        text = answer.get_data(as_text=True)
        if answer.status_code != 409 or said not in text or date.today().isoformat() not in text:
            open_doors.append(f"{endpoint} {url}: {answer.status_code}")
    assert open_doors == []
    assert do(rows) == counts


def test_the_page_of_a_refused_action_says_why_and_has_no_form(do: Do, place: Place, client: Client) -> None:
    """Y-H8, O11: 200 with the reason, and nothing to send."""
    do(lambda session: block(session, place))
    with_a_form = []
    for endpoint, several in doors(place).items():
        for url, _typed, field in several:
            if field.startswith("/") or endpoint.endswith(".save") or endpoint == "contacts.add_relation":
                continue
            page = client.page(url)
            forms = [form for form in page.main.all("form") if form.get("method") == "post"]
            if forms or "is blocked for privacy" not in page.text:
                with_a_form.append(url)
    assert with_a_form == []


def test_lines_of_open_documents_stay_as_they_are(do: Do, place: Place) -> None:
    do(lambda session: block(session, place))

    def refused(session: Session) -> None:
        document = session.get_one(Document, place.draft.id)
        line = document.lines[0].id
        for attempt in (
            lambda: saving.save_line(session, document, line, {"quantity": Decimal(3)}, by=BY),
            lambda: saving.delete_line(session, document, line, by=BY),
            lambda: saving.move_line(session, document, line, up=True, by=BY),
            lambda: saving.refresh(session, document, by=BY),
            lambda: templates.party_of(session, document),
        ):
            with pytest.raises(PrivacyBlocked):
                attempt()

    do(refused)


def test_money_and_credit_memos_stay_possible(do: Do, place: Place) -> None:
    """Y-H8: a payment comes in, and what was invoiced can be taken back."""
    do(lambda session: block(session, place, "erasure"))

    def work(session: Session) -> None:
        issued = session.get_one(Document, place.issued.id)
        paid = {"amount": Decimal(1), "date": issued.document_date, "method": "cash"}
        payments.register(session, issued, paid, by=BY)
        memo = converting.cancel(session, issued, make_pdf=pdf, by=BY)
        assert memo.is_issued

    do(work)


@pytest.mark.parametrize("ground", blocks.HIDING)
def test_r_inv_2_where_processing_is_restricted_nothing_is_edited(do: Do, place: Place, ground: str) -> None:
    """R-INV-2, Y-H7: not even a field of the card's own; the commercial block is another matter."""
    do(lambda session: block(session, place, ground))

    def work(session: Session) -> None:
        customer = session.get_one(type(place.family.customer), place.family.customer.id)
        with pytest.raises(PrivacyBlocked):
            records.save(session, customer, {"credit_limit": Decimal(5)}, by=BY)
        records.save(session, customer, {"blocked": "all"}, by=BY)
        records.save(session, customer, {"phone": "1 23"}, by=BY, correcting=True)
        assert session.get_one(type(place.family.contact), place.family.contact.id).phone == "1 23"

    do(work)


def test_a_save_that_would_reach_a_blocked_person_changes_no_card(do: Do) -> None:
    """R-CON-6: a blocked person at one end refuses the whole save."""
    family: Family = do(make_family)

    def work(session: Session) -> None:
        person = session.get_one(type(family.person), family.person.id)
        company = session.get_one(type(family.contact), family.contact.id)
        blocks.add(session, person, "request", by=BY)
        with pytest.raises(PrivacyBlocked, match=person.no):
            records.save(session, company, {"city": "Paris"}, by=BY)
        assert (company.city, person.city) == ("Lyon", "Lyon")
        # What does not travel to the person is free.
        records.save(session, company, {"mobile": "1 23"}, by=BY)

    do(work)


# -- lists and suggestions ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["contact", "customer", "vendor", "bank_account"])
def test_r_inv_2_hidden_cards_are_in_no_list_but_the_privacy_desks(
    do: Do, place: Place, client_of: ClientOf, kind: str
) -> None:
    """R-INV-2: absent from lists, totals and the go box for everybody else; in suggestions a number and “blocked”."""
    card = getattr(place.family, kind)
    clerk, officer = client_of("clerk"), client_of("privacy_officer")
    list_url = f"/{ADDRESSES[kind]}"
    link = f'href="{list_url}/{card.id}"'
    assert link in clerk.page(list_url).markup
    do(lambda session: block(session, place, "erasure"))
    for url in (list_url, f"{list_url}?q={card.no}", f"/go?q={card.no}", f"/lookup/go?q={card.no}"):
        assert link not in clerk.get(url).get_data(as_text=True), url
    assert link in officer.page(list_url).markup
    clerk.page(f"{list_url}/{card.id}")
    assert link not in clerk.get("/lookup/go?q=").get_data(as_text=True)
    assert not exported(clerk, kind, card)


def test_a_file_of_a_list_has_nobody_who_is_blocked(do: Do, place: Place, client: Client) -> None:
    """Y-H8: exports other than the request leave every blocked card out, a minor without consent too."""
    minor = do(lambda session: make_person(session, "Mia Minor", minor=True))
    do(lambda session: block(session, place))
    assert exported(client, "contact", place.family.person)
    for one in (place.family.contact, place.lone, minor):
        assert not exported(client, "contact", one)
    assert client.get(f"/contacts/{minor.id}.vcf").status_code == 409


@pytest.mark.parametrize(("ground", "named"), [("request", True), ("erasure", False)])
def test_suggestions_show_a_blocked_card_with_its_number_and_cannot_choose_it(
    do: Do, place: Place, client: Client, ground: str, named: bool
) -> None:
    """R-INV-2, O2: shown with the number and “blocked”; the name only where the person is not hidden."""
    do(lambda session: block(session, place, ground))
    for url, no, name in (
        (
            f"/lookup/parties?kind=invoice&q={place.family.customer.no}",
            place.family.customer.no,
            "Family Ltd",
        ),
        (f"/lookup/parties?kind=quote&q={place.lone.no}", place.lone.no, "Lone Ltd"),
        (f"/lookup/companies?q={place.lone.no}", place.lone.no, "Lone Ltd"),
        (f"/lookup/companies/all?q={place.lone.no}", place.lone.no, "Lone Ltd"),
        (
            f"/lookup/unlinked-customers?q={place.alone['customer'].no}",
            place.alone["customer"].no,
            "Alone Ltd",
        ),
    ):
        text = client.get(url).get_data(as_text=True)
        assert no in text and "blocked for privacy" in text, url
        assert (name in text) is named, url
        assert "data-pick" not in text, url


def test_the_banner_says_where_the_block_stands_and_who_may_lift_it(
    do: Do, place: Place, client_of: ClientOf
) -> None:
    """3.4, Y-H9: on every linked card; the way out is shown to the privacy desk alone."""
    do(lambda session: block(session, place))
    contact = place.family.contact
    for card in place.family.linked:
        for role in ("clerk", "privacy_officer"):
            page = client_of(role).page(f"/{ADDRESSES[card.KIND]}/{card.id}")
            assert "Blocked for privacy since" in page.main.text
            assert (f"contact {contact.no}" in page.main.text) is (card is not contact)
            assert ("Unblock…" in page.main.text) is (role == "privacy_officer")
    assert (
        "Blocked for privacy" not in client_of("clerk").page(f"/contacts/{place.family.person.id}").main.text
    )


# -- helpers --------------------------------------------------------------------------------------------


def rows(session: Session) -> list[int]:
    """How much there is of what doors make."""
    models = (*MODELS.values(), Document, Link, OutboxMessage)
    return [session.scalar(select(func.count()).select_from(model)) or 0 for model in models]


def exported(client: Client, kind: str, card: Any) -> bool:
    """Whether the file of a list has a row of the card."""
    lines = client.get(f"/{ADDRESSES[kind]}/export.csv").get_data(as_text=True).splitlines()
    return any(line.startswith(f"{card.no},") for line in lines)


def _which(field: str) -> dict[str, str]:
    return {"action": field} if field.startswith("/") else {"of": field} if field else {}
