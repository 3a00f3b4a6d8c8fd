"""The same journeys in a browser that runs no scripts."""

from decimal import Decimal
from pathlib import Path

from flask_babel import force_locale
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from models import Contact, Customer, Document, Vendor
from services import jobs
from tests.browser.support import Site, address_of, edit, loading, said, save, submit
from tests.support import factories as make

CUSTOMERS = Path(__file__).parent.parent / "data" / "northwind" / "customers.csv"


def test_create_a_person_of_a_company_found_by_the_search_button(site: Site) -> None:
    """U-T7: what was typed stays while the company is chosen."""
    company = site.do(lambda session: make.make_contact(session, "Northern Ltd", city="Lyon"))
    site.do(lambda session: make.make_contact(session, "Northern Star Ltd"))
    page = site.without_javascript()
    page.goto("/contacts")
    with loading(page):
        page.click("[data-new]")
    page.fill("[name=name]", "Ada Paper")
    page.select_option("[name=type]", "person")
    page.fill("[name=company_id_text]", "north")
    with loading(page):
        page.click("[name=search][value=company_id]")
    assert page.input_value("[name=name]") == "Ada Paper"
    page.get_by_label("Northern Ltd").check()
    with loading(page):
        submit(page)
    expect(page.locator("h1")).to_have_text("Ada Paper")
    person = site.read(
        lambda session: session.scalars(select(Contact).where(Contact.name == "Ada Paper")).one()
    )
    assert (person.company_id, person.city) == (company.id, "Lyon")


def test_contact_then_customer_then_a_section_of_it(site: Site) -> None:
    """U-C8: the whole way by plain forms."""
    page = site.without_javascript()
    page.goto("/contacts/new")
    page.fill("[name=name]", "Paper Ltd")
    page.fill("[name=city]", "Lyon")
    with loading(page):
        submit(page)
    with loading(page):
        _menu(page, "Create as", "Customer")
    with loading(page):
        submit(page)
    assert "Still empty on this card" in said(page.locator("main"))
    with loading(page):
        page.locator("section[id$='-address'] a.act").click()
    page.fill("[name=city]", "Paris")
    with loading(page):
        page.click("section.editing [data-save]")
    assert "Also changed on CT000001" in said(page.locator("#toasts"))
    page.goto("/contacts/1")
    assert "Paris" in said(page.locator("section[id$='-address']"))


def test_link_with_the_table_then_undo_from_the_notice(site: Site) -> None:
    """L9, U-X5: the whole way by plain forms."""
    contact, vendor = site.do(
        lambda session: (
            make.make_contact(session, "Northern Ltd", city="Lyon"),
            make.make_vendor(session, "Northern SA", linked=False, city="Paris"),
        )
    )
    page = site.without_javascript()
    page.goto(address_of(contact))
    with loading(page):
        _menu(page, "Link with existing", "Vendor")
    page.fill("[name=party_id_text]", "north")
    with loading(page):
        submit(page)
    with loading(page):
        page.get_by_role("link", name="Northern SA").click()
    with loading(page):
        submit(page)
    assert page.locator(".summary li").count() == 2
    page.check("[name=wins_name][value=contact]")
    page.check("[name=wins_city][value=party]")
    with loading(page):
        submit(page)
    assert site.values((Contact, contact.id), "name", "city") == ("Northern Ltd", "Paris")
    assert site.values((Vendor, vendor.id), "name", "city") == ("Northern Ltd", "Paris")
    _undo_from_the_notice(page)
    assert site.values((Contact, contact.id), "name", "city") == ("Northern Ltd", "Lyon")
    assert site.values((Vendor, vendor.id), "name", "city") == ("Northern SA", "Paris")


def test_unlinked_cards_keep_their_values_until_it_is_undone(site: Site) -> None:
    """L10, U-X5."""
    family = site.do(make.make_family)
    page = site.without_javascript()
    page.goto(address_of(family.customer))
    with loading(page):
        page.click("#in-step a[href*='/unlink/']")
    with loading(page):
        submit(page)
    page.goto(address_of(family.customer))
    edit(page, "address")
    page.fill("[name=city]", "Paris")
    save(page)
    assert site.values((Contact, family.contact.id), "city") == ("Lyon",)
    assert site.values((Customer, family.customer.id), "city") == ("Paris",)


def test_delete_a_contact_with_its_customer_and_bring_both_back(site: Site) -> None:
    """D1, D5, U-X5."""
    family = site.do(make.make_family)
    page = site.without_javascript()
    page.goto(address_of(family.contact))
    with loading(page):
        _menu(page, "More", "Delete…")
    page.check(f"#also-customer-{family.customer.id}")
    with loading(page):
        submit(page)

    def left() -> tuple[bool, bool, bool]:
        return site.read(
            lambda session: tuple(
                session.get(type(card), card.id) is not None
                for card in (family.contact, family.customer, family.vendor)
            )
        )

    assert left() == (False, False, True)
    _undo_from_the_notice(page)
    assert left() == (True, True, True)


def test_a_contact_gets_a_quote_then_an_order_then_an_issued_invoice(site: Site) -> None:
    """O1, O4, O6, U-D1, U-D7: from a contact who is no customer to the number, by plain forms."""
    contact = site.do(lambda session: make.make_contact(session, "Northern Ltd", city="Lyon"))
    page = site.without_javascript()
    page.goto(address_of(contact))
    with loading(page):
        _menu(page, "New document", "Quote")
    with loading(page):
        submit(page)
    for description, quantity, price in (("Bread", "12*4", "3.25"), ("Coffee", "6", "18.90")):
        for name, typed in (("description", description), ("quantity", quantity), ("unit_price", price)):
            page.fill(f"#line-new-{name}", typed)
        with loading(page):
            page.click("#line-new-form [data-save]")
    for target in ("Order", "Invoice"):
        with loading(page):
            _menu(page, "Convert to", target)
        with loading(page):
            submit(page)
    with loading(page):
        page.click(".actions a[href$='/issue']")
    with loading(page):
        submit(page)
    expect(page.locator("#document-state")).to_have_text("Issued")
    number, total = site.read(
        lambda session: session.execute(
            select(Document.no, Document.total).where(Document.kind == "invoice")
        ).one()
    )
    assert number in said(page.locator("h1")) and total == Decimal("269.40")


def test_import_with_its_progress_by_reloading(site: Site) -> None:
    """X1, U-X12, U-I3: 91 customers from the file to the list."""
    page = site.without_javascript()
    page.goto("/import?kind=customers")
    page.set_input_files("[name=file]", CUSTOMERS)
    with loading(page):
        submit(page)
    assert "91 rows" in said(page.locator("main"))
    with loading(page):
        page.click("form[action$='/columns'] .primary")
    worker = jobs.Worker(site.app, force_locale)
    worker.start()
    try:
        _wait_by_reloading(page, "form[action$='/run']")
        assert "91 new" in said(page.locator("main"))
        with loading(page):
            page.click("form[action$='/run'] button")
        _wait_by_reloading(page, "text=The import is done.")
    finally:
        worker.stop()
    assert "91 created" in said(page.locator("main"))
    assert site.read(lambda session: session.scalar(select(func.count(Customer.id)))) == 91
    with loading(page):
        page.click("text=Open the list")
    assert said(page.locator("#total")) == "91"


def _menu(page: Page, menu: str, item: str) -> None:
    page.locator(".actions summary", has_text=menu).click()
    page.locator(".actions details[open] .pop").get_by_text(item, exact=True).click()


def _undo_from_the_notice(page: Page) -> None:
    """Press Undo in the message, and confirm it when a page asks."""
    with loading(page):
        page.locator("#toasts .toast").get_by_text("Undo").click()
    if "/undo/" in page.url:
        with loading(page):
            submit(page)


def _wait_by_reloading(page: Page, selector: str) -> None:
    for _ in range(60):
        if page.locator(selector).count():
            return
        page.wait_for_timeout(300)
        with loading(page):
            page.locator("a.no-js", has_text="Look again").click() if page.locator(
                "a.no-js", has_text="Look again"
            ).count() else page.reload()
    raise AssertionError(f"{selector} never came: {said(page.locator('main'))}")
