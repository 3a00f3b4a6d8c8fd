"""A document by keyboard alone: the customer is chosen, lines are typed one after the other, and save themselves."""

from decimal import Decimal

from sqlalchemy import select

from models import Document, DocumentLine
from services import items
from tests.browser.support import Site
from tests.documents.support import make_document
from tests.support import factories as make


def test_an_invoice_is_typed_by_keyboard_alone(site: Site) -> None:
    """U-D1, U-D2, U-D3, U-D4, U-T3: Enter goes on, F8 copies from above, an item fills its line in."""
    site.do(lambda session: make.make_contact(session, "Boulangerie Côté", city="Montréal"))
    bread = {"no": "PAIN-01", "description": "Pain de campagne", "unit_price": Decimal("3.25")}
    site.do(lambda session: items.save(session, None, bread, by=None))
    page = site.visitor()
    page.goto("/sales/invoices/new")
    page.keyboard.type("boul")
    page.locator("[role=option][data-field=contact_id]").wait_for()
    page.keyboard.press("Enter")
    page.locator("#line-new").wait_for()
    page.focus("#line-new-item_id")
    page.keyboard.type("pain")
    page.locator("[role=option]").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    row = page.locator("tr[data-line]").first
    page.locator("tr[data-line]:first-child [name=quantity][value='1']:focus").wait_for()
    assert row.locator("[name=description]").input_value() == "Pain de campagne"
    page.keyboard.type("12*4")
    for _field in range(5):
        page.keyboard.press("Enter")
    page.locator("#line-new-item_id:focus").wait_for()
    page.locator("#totals", has_text="156.00").wait_for()
    page.keyboard.press("Enter")
    page.keyboard.press("F8")
    assert page.locator("#line-new-description").input_value() == "Pain de campagne"
    page.keyboard.press("Enter")
    page.keyboard.type("many")
    for _field in range(5):
        page.keyboard.press("Enter")
    page.locator("#line-new .error").wait_for()
    page.locator("#line-new-quantity:focus").wait_for()
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    for _field in range(5):
        page.keyboard.press("Enter")
    page.locator("tr[data-line]:nth-child(3)").wait_for()
    page.locator("button[value=up]").nth(1).click()
    page.locator("tr[data-line]:first-child [name=quantity][value='2']").wait_for()
    amounts = site.read(
        lambda session: list(session.scalars(select(DocumentLine.amount).order_by(DocumentLine.position)))
    )
    assert amounts == [Decimal("0"), Decimal("156")]
    assert site.read(lambda session: session.scalars(select(Document)).one().net) == Decimal("156")


def test_r_con_3_a_line_is_added_once_however_quickly_it_is_typed_on(site: Site) -> None:
    """R-CON-3: sent twice before the first answer is there, the second time with another quantity."""
    document = site.do(lambda session: make_document(session).id)
    page = site.visitor()
    page.goto(f"/sales/invoices/{document}")
    page.fill("#line-new-description", "Tea")
    page.evaluate(
        "() => { const form = document.getElementById('line-new-form'); form.requestSubmit();"
        " document.getElementById('line-new-quantity').value = '12'; form.requestSubmit(); }"
    )
    page.locator("tr[data-line]:nth-child(2) [name=quantity][value='12']").wait_for()
    assert page.locator("tr[data-line]").count() == 3 and page.locator("#line-new").count() == 1
    page.fill("#line-new-description", "Coffee")
    page.locator("#line-new-description").press("Tab")
    page.locator("h1").click()
    page.locator("tr[data-line]:nth-child(3) [name=description][value='Coffee']").wait_for()
    lines = select(DocumentLine.description, DocumentLine.quantity).order_by(DocumentLine.position)
    assert site.read(lambda session: [tuple(row) for row in session.execute(lines)]) == [
        ("Bread", 2),
        ("Tea", 12),
        ("Coffee", 1),
    ]
