"""Files of items: the same check, run and undo as for cards."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from models import Item, TaxGroup
from services import items
from services.imports import columns
from tests.documents.support import make_document
from tests.imports import support
from tests.imports.support import (
    NORTHWIND,
    check,
    rows,
    run,
    run_all,
    sentences,
    table,
    the,
    undo,
    upload,
    write,
)
from tests.imports.test_pages import send_file
from tests.support import factories as make


@pytest.mark.both_databases
def test_x1_the_products_of_northwind_become_items_once(session):
    """X1: headings and the discontinued ones are recognised; the same file again changes nothing."""
    batch = upload(session, "item", NORTHWIND / "products.csv", "products.csv")
    wanted = ("no", "description", "", "", "unit", "unit_price", "", "", "", "blocked")
    assert tuple(batch.options["columns"]) == wanted
    assert check(session, batch) == {"create": 77}
    assert run(session, batch) == {"created": 77}
    chai = the(session, Item, "1")
    assert (chai.description, chai.unit, chai.unit_price, chai.blocked) == (
        "Chai", "10 boxes x 30 bags", Decimal(18), True,
    )  # fmt: skip
    assert [one.no for one in items.page(session, "cajun season")[0]] == ["4"]
    again = upload(session, "item", NORTHWIND / "products.csv", "products.csv")
    assert check(session, again) == {"skip": 77}
    assert run(session, again) == {"unchanged": 77}
    assert the(session, Item, "1").version == 1


def test_french_headings_and_the_empty_table_are_recognised(session):
    headers = [
        "Réf.",
        "Désignation",
        "Unité",
        "Prix unitaire HT",
        "Prix d'achat",
        "Groupe de taxes",
        "Bloqué",
    ]
    assert columns.recognised("item", headers) == columns.targets("item")
    assert columns.recognised("item", columns.template("item")) == columns.targets("item")


def test_rows_that_cannot_become_items_say_why(session):
    """X1: what an item needs is an error, the rest a warning; nobody's number is taken twice."""
    content = table(
        "no,description,unit price,tax group",
        "A,First,1.00,",
        ",No number,1.00,",
        "B,,1.00,",
        "a,Twice,2.00,",
        "C,Odd price,abc,NOPE",
        "D,Too many,1.00,,extra",
    )
    batch = upload(session, "item", content)
    assert check(session, batch) == {"create": 2, "error": 4, "warnings": 1}
    said = {row.row_number: " ".join(sentences(row)) for row in rows(session, batch)}
    assert "Enter a number or a short code" in said[3] and "Enter what it is." in said[4]
    assert "Row 2 is about the same item." in said[5]
    assert "Enter an amount like 1234.50." in said[6] and "No such Tax group." in said[6]
    assert "5 cells" in said[7] and "4 headings" in said[7]
    assert run(session, batch) == {"created": 2, "refused": 4, "warnings": 1}
    assert the(session, Item, "C").unit_price is None


def test_an_import_of_items_is_undone_until_one_is_used(session):
    """X1: a changed item gets its old values back; one on a document or changed since stays."""
    group = session.scalars(select(TaxGroup)).first().code
    write(
        session,
        lambda: items.save(
            session, None, {"no": "OLD", "description": "Old", "unit_price": Decimal(5)}, by=None
        ),
    )
    content = table(
        "no,description,unit price,tax group",
        f"OLD,New name,6.50,{group}", "USED,Used,1,", "TOUCHED,Touched,1,", "FREE,Free,1,",
    )  # fmt: skip
    batch = run_all(session, "item", content)
    assert support.counts(session, batch) == {"created": 3, "updated": 1}
    old = the(session, Item, "OLD")
    assert (old.description, old.unit_price, old.tax_group_id is None) == ("New name", Decimal("6.5"), False)

    def use():
        order = make_document(session, "order", make.make_customer(session))
        order.lines[0].item_id = the(session, Item, "USED").id
        items.save(session, the(session, Item, "TOUCHED"), {"unit": "box"}, by=None)

    write(session, use)
    assert undo(session, batch) == {"undone": 2, "kept": 2}
    old = the(session, Item, "OLD")
    assert (old.description, old.unit_price, old.tax_group_id) == ("Old", Decimal(5), None)
    assert set(session.scalars(select(Item.no))) == {"OLD", "USED", "TOUCHED"}


def test_items_that_changed_after_the_check_are_left_alone(session):
    write(session, lambda: items.save(session, None, {"no": "A", "description": "First"}, by=None))
    batch = upload(session, "item", table("no,description", "A,From the file", "B,New"))
    assert check(session, batch) == {"create": 1, "update": 1}

    def meanwhile():
        items.save(session, the(session, Item, "A"), {"description": "By hand"}, by=None)
        items.save(session, None, {"no": "B", "description": "By hand"}, by=None)

    write(session, meanwhile)
    assert run(session, batch) == {"refused": 2}
    assert the(session, Item, "A").description == the(session, Item, "B").description == "By hand"


def test_the_pages_of_an_import_of_items(client, app):
    """From the list of items to the result and to an item."""
    assert client.page("/import?kind=items").form(of="file").values["kind"] == ["items"]
    columns_page = send_file(client, (NORTHWIND / "products.csv").read_bytes(), "products.csv", "items")
    assert "the e-mail address" not in columns_page.main.text and "Import items" in columns_page.main.text
    page = client.read(client.send(columns_page.form(of="key")), columns_page.url, 303)
    assert "Chai" in page.main.text
    client.read(client.send(page.form(page.url + "/run")), page.url, 303)
    support.work_off_all(app)
    page = client.page(page.url)
    assert "77 created" in page.main.text
    assert "/settings/items" in page.links
    item = next(link for link in page.links if link.startswith("/settings/items/"))
    assert client.page(item).one("h1").text == "1"
    assert client.get("/import/template/items.csv").data.startswith("\ufeffNo.,Description,Unit".encode())
