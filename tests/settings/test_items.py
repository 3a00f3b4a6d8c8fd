"""Items: found, added, changed by two people, kept while a document has them."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from models import Document, DocumentLine, Item, TaxGroup
from services import items
from tests.support import factories as make

URL = "/settings/items"


@pytest.fixture
def clerk(client_of):
    return client_of("clerk", language="fr")


def item_of(data, no="PAIN-01"):
    with data() as session:
        found = session.scalars(select(Item).where(Item.no == no)).one()
        session.expunge(found)
        return found


def add(data, *numbers, **values):
    with data() as session:
        for no in numbers:
            items.save(session, None, {"no": no, "description": f"Item {no}", **values}, by=None)


def test_o9_an_item_is_added_and_changed_by_a_clerk(clerk, data):
    with data() as session:
        group_id = session.scalars(select(TaxGroup)).first().id
    typed = {
        "no": " PAIN-01 ",
        "description": "Pain de campagne, cuit au four à bois",
        "unit": "pièce",
        "unit_price": "1 003,2575",
        "cost": "0,5",
        "tax_group_id": str(group_id),
    }
    page = clerk.submit(f"{URL}/new", typed)
    assert "PAIN-01" in page.main.text and "1 003,2575" in page.main.text.replace("\u00a0", " ")
    item = item_of(data)
    assert (item.unit_price, item.cost, item.unit) == (Decimal("1003.2575"), Decimal("0.5"), "pièce")
    clerk.submit(f"{URL}/{item.id}", {"unit_price": "", "blocked": "y"})
    changed = item_of(data)
    assert (changed.unit_price, changed.blocked, changed.version) == (None, True, 2)
    clerk.submit(f"{URL}/{item.id}", {})
    assert item_of(data).version == 2


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("no", " ", "Enter a number or a short code"),
        ("no", "x" * 21, "Shorten this text to 20 characters"),
        ("no", "taken", "Another item has the number taken."),
        ("description", "", "Enter what it is."),
        ("description", "a\u202eb", "Remove the marks"),
        ("unit_price", "1,234", "can be read as 1234 or as 1.234"),
        ("unit_price", "-1", "Enter a price of 0 or more."),
        ("unit_price", "0.00001", "Enter at most four decimals."),
        ("cost", "abc", "Enter a number like 1234.50."),
        ("cost", "9" * 14, "Enter an amount of at most 12 digits"),
        ("tax_group_id", "999", "Choose one of the values in the list."),
    ],
)
def test_a_wrong_value_is_refused_and_kept_in_its_box(client, data, field, typed, sentence):
    add(data, "Taken")
    good = {"no": "NEW", "description": "New"}
    form = client.page(f"{URL}/new").form()
    hidden = {name: values[0] for name, values in form.values.items() if values}
    page = client.read(client.post(f"{URL}/new", hidden | good | {field: typed}), URL, 422)
    assert sentence in page.errors[field]
    with data() as session:
        assert session.scalars(select(Item.no)).all() == ["Taken"]


def test_somebody_elses_change_is_shown_before_it_is_overwritten(client, data):
    """R-CON-1: the form comes again with what was typed, and says what the item holds now."""
    add(data, "PAIN-01", unit_price=Decimal("3.25"))
    item = item_of(data)
    form = client.page(f"{URL}/{item.id}").form()
    with data() as session:
        items.save(
            session, session.get_one(Item, item.id), {"unit_price": Decimal("3.5"), "blocked": True}, by=None
        )
    answer = client.read(client.send(form, {"description": "Bread"}), f"{URL}/{item.id}", 409)
    assert "Somebody changed this item after you opened it." in answer.main.text
    assert (
        "Unit price: 3.50" in answer.main.text and "Blocked: offered for no new line: Yes" in answer.main.text
    )
    assert answer.form().values["description"] == ["Bread"]
    assert item_of(data).description == "Item PAIN-01"
    client.read(client.send(answer.form(), {}), f"{URL}/{item.id}", 303)
    assert (item_of(data).description, item_of(data).unit_price) == ("Bread", Decimal("3.25"))


def test_an_item_of_a_document_is_kept_and_another_goes(client, data):
    """What a document has is never taken from it; the page offers to block the item instead."""
    add(data, "PAIN-01", "CAFE-02")
    with data() as session:
        customer = make.make_party(session, "customer", "Family Ltd")
        used = session.scalars(select(Item).where(Item.no == "PAIN-01")).one()
        document = Document(
            kind="order",
            state="open",
            customer_id=customer.id,
            document_date=date(2026, 6, 15),
            name="Family",
        )
        document.lines.append(DocumentLine(position=1, item_id=used.id, description="Bread"))
        session.add(document)
    used, free = item_of(data), item_of(data, "CAFE-02")
    page = client.page(f"{URL}/{used.id}/delete")
    assert "It stands on 1 line of a document." in page.main.text and not page.main.all("form")
    answer = client.post(f"{URL}/{used.id}/delete", {"csrf_token": client.csrf_token})
    assert answer.status_code == 409 and "Block it instead." in answer.get_data(as_text=True)
    page = client.submit(f"{URL}/{free.id}/delete", {})
    assert "CAFE-02 was deleted." in page.text
    with data() as session:
        assert session.scalars(select(Item.no)).all() == ["PAIN-01"]


@pytest.mark.both_databases
def test_items_are_found_by_number_and_words_page_after_page(client, data):
    """C6, U-L8: accents and capitals aside, in the order of the descriptions."""
    with data() as session:
        for at in range(120):
            items.save(session, None, {"no": f"N{at:03}", "description": f"Énergie {at:03}"}, by=None)
        items.save(
            session, None, {"no": "CAFE", "description": "Café torréfié", "unit": "sac de 1 kg"}, by=None
        )
    page = client.page(f"{URL}?q=cafe%20TORR")
    assert "Café torréfié" in page.main.text and page.one("span", id="total").text == "1"
    assert "Nothing matches here." in client.page(f"{URL}?q=xyzzy").main.text
    seen, url = [], f"{URL}?q=energie"
    while url:
        page = client.page(url)
        seen.append([row["id"] for row in page.all("tr") if row.get("id")])
        url = next((link["href"] for link in page.all("a") if link.get("rel") == "next"), "")
    assert [len(rows) for rows in seen] == [50, 50, 20]
    assert len({one for rows in seen for one in rows}) == 120
    last = client.fragment(f"{URL}?before=end")
    assert [row["id"] for row in last.all("tr") if row.get("id")][-1] == seen[-1][-1]
    back = next(link["href"] for link in last.all("a") if link.get("rel") == "prev")
    assert "Café torréfié" not in client.page(back).main.text
    assert client.get(f"{URL}?after=abc").status_code == 400
