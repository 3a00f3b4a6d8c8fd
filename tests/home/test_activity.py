"""The activity, a card's history and its timeline (U-X4, U-X6, R-PERM-3)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models import Contact, PaymentTerms
from services import deletion, records
from services import links as linking
from tests.home.support import Do, change, make
from tests.support.client import Client
from tests.support.factories import (
    BY,
    make_bank_account,
    make_contact,
    make_customer,
    make_family,
    make_person,
    make_vendor,
)

IBAN = "FR7630006000011234567890189"
SHOWN = "FR76 3000 6000 0112 3456 7890 189"


def lines(client: Client, url: str = "/activity") -> list[str]:
    return [item.text for item in client.page(url).main.one("ol", css="timeline").all("li")]


def history_of(client: Client, record: Any, word: str = "") -> str:
    words = {"bank_account": "bank-accounts"}
    kind = word or words.get(record.KIND, f"{record.KIND}s")
    return client.page(f"/{kind}/{record.id}/history").main.text


def test_nothing_yet(client: Client) -> None:
    """U-X11."""
    assert "Nothing has happened yet" in client.page("/activity").main.text


def test_each_action_is_one_line(do: Do, client: Client) -> None:
    """U-X4: creating, linking, unlinking, changing, deleting and bringing back, each in one sentence."""
    customer = make(do, make_customer)
    [contact] = do(lambda session: [session.get_one(Contact, 1)])
    change(do, customer, city="Lyon", post_code="69001", phone="1", notes="x")

    def unlink(session: Session) -> None:
        [link] = records.links_of(session, session.get_one(Contact, contact.id))
        linking.unlink(session, link, by=BY)

    do(unlink)
    do(lambda session: deletion.delete(session, session.get_one(type(customer), customer.id), by=BY))
    said = lines(client)
    assert said[0].startswith("Customer C00001 deleted")
    assert said[1].startswith("Contact CT000001 Example Ltd unlinked from customer C00001")
    assert said[2].startswith("4 fields changed on customer C00001 and 1 linked card")
    assert said[3].startswith("Customer C00001 created, with contact CT000001")
    assert len(said) == 4


def test_a_company_deleted_with_its_persons(do: Do, client: Client) -> None:
    """The card that was deleted comes first, then those that went with it."""

    def work(session: Session) -> None:
        company = make_contact(session, "Company Ltd")
        person = make_person(session, "Person", company)
        deletion.delete(session, company, also=[person], by=BY)

    do(work)
    assert lines(client)[0].startswith("Contact CT000001 deleted, with contact CT000002")
    main = client.page("/activity").main
    assert main.all("a", href="/contacts/1") == []


def test_an_import_is_one_line(do: Do, client: Client) -> None:
    """Hundreds of rows do not bury what people did by hand; older lines stay reachable page by page."""

    def work(session: Session) -> None:
        make_contact(session, "Before Ltd")
        for number in range(70):
            records.create(session, "customer", {"name": f"Row {number}"}, by=BY, batch="IMP-0001")
            if number == 35:
                make_contact(session, "Between Ltd")
        make_contact(session, "After Ltd")

    do(work)
    said = lines(client)
    assert [line.split(" 20")[0] for line in said] == [
        "Contact CT000073 After Ltd created",
        "Import IMP-0001. Contacts: 70 created · Customers: 70 created",
        "Contact CT000038 Between Ltd created",
        "Contact CT000001 Before Ltd created",
    ]


def test_pages_of_the_activity(do: Do, client: Client) -> None:
    """Newest first, by id: every action once, on one page."""
    do(
        lambda session: [
            records.create(
                session, "contact", {"name": f"C{number}"}, by=BY, batch="IMP-0002" * (number == 40)
            )
            for number in range(75)
        ]
    )
    seen: list[str] = []
    url = "/activity"
    for _page in range(4):
        page = client.page(url)
        seen += [item.text.split(" 20")[0] for item in page.main.one("ol", css="timeline").all("li")]
        older = page.main.all("a", rel="next")
        if not older:
            break
        url = older[0]["href"]
    assert len(seen) == 75 and len(set(seen)) == 75
    assert client.get("/activity?before=abc").status_code == 200


def test_values_read_as_on_the_card(do: Do, client: Client) -> None:
    """U-X6: names instead of keys and codes, the reader's formats, empty said as such."""
    terms = make(do, lambda session: _add(session, PaymentTerms(code="X", name="Ten days", days=10)))
    customer = make(do, make_customer)
    change(
        do,
        customer,
        country="FR",
        language="fr-CA",
        payment_terms_id=terms.id,
        credit_limit=Decimal("1234.5"),
        blocked="ship",
        salesperson_id=1,
        payment_method="cheque",
    )
    said = history_of(client, customer)
    for sentence in (
        "Country: empty → France",
        "Language: empty → French (Canada)",
        "Payment terms: empty → Ten days",
        "Credit limit: empty → 1,234.50",
        "Blocked: Not blocked → Shipping blocked",
        "Salesperson: empty → Alice Admin",
        "Payment method: empty → Cheque",
        "7 fields changed",
    ):
        assert sentence in said, said
    person = make(do, make_person, "Ada Example", birth_date=None)
    company = make(do, make_contact, "Company Ltd")
    change(do, person, birth_date=date(1990, 2, 3), minor=True, company_id=company.id)
    said = history_of(client, person)
    assert "Birth date: empty → 1990-02-03" in said and "Minor: No → Yes" in said
    assert "Company: empty → Company Ltd" in said
    do(lambda session: deletion.delete(session, session.get_one(Contact, company.id), by=BY))
    assert "Company: something that was deleted since → empty" in history_of(client, person)


def _add(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row


def test_a_card_says_where_a_change_came_from(do: Do, client: Client) -> None:
    """U-X6, S10: the history of each linked card names the card that was edited."""
    family = do(make_family)
    change(do, family.vendor, phone="418 555-0000")
    assert "from vendor V00001" in history_of(client, family.customer)
    assert "Phone: 04 72 00 00 00 → 418 555-0000" in history_of(client, family.customer)
    own = client.page(f"/vendors/{family.vendor.id}/history").main.one("ol").all("li")[0]
    assert "from" not in own.text and own.text.startswith("Phone changed")
    said = history_of(client, family.contact)
    assert "Linked with customer C00001" in said and "Created" in said


def test_pages_of_a_history(do: Do, client: Client) -> None:
    """A long history is read in pages, newest first."""
    contact = make(do, make_contact)
    for number in range(110):
        change(do, contact, notes=f"note {number}")
    page = client.page(f"/contacts/{contact.id}/history")
    assert "note 109" in page.main.text and "note 5 " not in page.main.text
    older = client.page(page.main.one("a", rel="next")["href"])
    assert "note 5 " in older.main.text and "Created" in older.main.text
    assert older.main.one("nav", css="pager").one("a", css="button").text == "Newest"


def test_long_notes_fold(do: Do, client: Client) -> None:
    """Ten thousand characters do not push the history away, and none is lost."""
    contact = make(do, make_contact)
    change(do, contact, notes="long " * 1500 + "<end>")
    page = client.page(f"/contacts/{contact.id}/history")
    assert "<end>" in page.main.one("details").text


@pytest.mark.parametrize("role", ["reader", "privacy_officer"])
def test_bank_details_are_masked(do: Do, client_of: Callable[..., Client], role: str) -> None:
    """R-PERM-3: who may not see them on the card does not see them in the history either."""
    vendor, account = make(do, make_vendor), make(do, make_bank_account)
    change(do, vendor, iban=IBAN)
    change(do, account, iban=IBAN, account_no="003-12345-7654321")
    urls = (
        "/",
        "/activity",
        f"/vendors/{vendor.id}/history",
        f"/bank-accounts/{account.id}/history",
        "/go?q=V00001",
    )
    other = client_of(role)
    for url in urls:
        answer = other.browser.get(url, follow_redirects=True).get_data(as_text=True)
        assert IBAN not in answer and SHOWN not in answer and "7654321" not in answer, url
    assert "0189" in other.page(f"/vendors/{vendor.id}/history").text
    assert SHOWN in client_of("clerk").page(f"/vendors/{vendor.id}/history").text
    assert SHOWN in client_of("clerk").page("/activity").text


def test_names_are_shown_literally(do: Do, client: Client) -> None:
    """R-WEB-4: nothing typed becomes markup, and a percent sign is only a percent sign."""
    contact = make(do, make_contact, '<b>"100%(card)s"</b>')
    change(do, contact, name="<script>alert(1)</script> %s")
    for url in ("/", "/activity", f"/contacts/{contact.id}/history", f"/contacts/{contact.id}/delete"):
        page = client.page(url)
        assert page.main.all("script") == [] and page.main.all("b") == []
    assert '<b>"100%(card)s"</b> → <script>alert(1)</script> %s' in history_of(client, contact)
