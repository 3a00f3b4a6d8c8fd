"""Whole journeys with the keyboard only: these tests never touch the mouse."""

from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from models import Contact, Customer, PaymentTerms, User
from tests.browser.support import Site, address_of, focused, loading, said, tab_to
from tests.support import factories as make
from tests.support.people import BY_ROLE


def test_contact_then_customer_then_terms(site: Site) -> None:
    """U-C8: from the home page to a customer with payment terms without a mouse."""
    site.do(lambda session: session.add(PaymentTerms(code="N30", name="Net 30 days")))
    page = site.visitor()
    page.goto("/")
    page.keyboard.press("g")
    with loading(page):
        page.keyboard.press("c")
    with loading(page):
        page.keyboard.press("Alt+n")
    assert focused(page) == "name"
    page.keyboard.type("Keyboard Ltd")
    tab_to(page, "[name=city]")
    page.keyboard.type("Lyon")
    with loading(page):
        page.keyboard.press("Control+s")
    expect(page.locator("h1")).to_have_text("Keyboard Ltd")
    _choose_from_menu(page, "Create as", "/create-as/customer")
    with loading(page):
        page.keyboard.press("Control+s")
    expect(page.locator(".crumbs")).to_contain_text("Customers")
    tab_to(page, "main .notice a[href$='/payments/edit']")
    with loading(page):
        page.keyboard.press("Enter")
    tab_to(page, "[name=payment_terms_id]")
    page.keyboard.type("N30")
    page.keyboard.press("Control+Enter")
    page.locator("section.editing").wait_for(state="detached")
    assert "Net 30 days" in said(page.locator("section[id$='-payments']"))


def test_link_with_an_existing_customer_choosing_field_by_field_then_undo(site: Site) -> None:
    """L9: lookup, table of choices, result and undo without a mouse."""
    values = {"phone": "04 72 00 00 01", "city": "Lyon"}
    contact = site.do(lambda session: make.make_contact(session, "Northern Ltd", **values))
    customer = site.do(
        lambda session: make.make_customer(
            session, "Northern Ltd", linked=False, phone="04 72 00 00 02", city="Paris"
        )
    )
    page = site.visitor()
    page.goto(address_of(contact))
    _choose_from_menu(page, "Link with existing", "/link/customer")
    assert focused(page) == "party_id"
    page.keyboard.type("north")
    page.locator("#party_id-list [role=option].active").wait_for()
    page.keyboard.press("Enter")
    assert page.input_value("[type=hidden][name=party_id]") == str(customer.id)
    with loading(page):
        page.keyboard.press("Control+s")
    assert "2 choices left" in said(page.locator("[data-left]"))
    tab_to(page, "[name=wins_city]")
    page.keyboard.press("Space")
    tab_to(page, "[name=wins_phone]")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert [said(one) for one in page.locator("[data-result]").all()].count("04 72 00 00 02") == 1
    with loading(page):
        page.keyboard.press("Control+s")
    for card in ((Contact, contact.id), (Customer, customer.id)):
        assert site.values(card, "city", "phone") == ("Lyon", "04 72 00 00 02")
    tab_to(page, "#toasts .toast :is(a, button):not([data-close])", most=90)
    with loading(page):
        page.keyboard.press("Enter")
    if "/undo/" in page.url:
        tab_to(page, "main form .primary")
        with loading(page):
            page.keyboard.press("Enter")
    assert site.values((Contact, contact.id), "city", "phone") == ("Lyon", "04 72 00 00 01")
    assert site.values((Customer, customer.id), "city", "phone") == ("Paris", "04 72 00 00 02")


def test_moving_in_a_list_searching_it_and_going_anywhere(site: Site) -> None:
    """U-L8, U-X1: j, k and Enter, "/" for the search, Ctrl+K to go to a record, k and j between records."""
    site.do(
        lambda session: [make.make_contact(session, f"{name} Ltd") for name in ("Alpha", "Beta", "Gamma")]
    )
    page = site.visitor()
    page.goto("/contacts?sort=name")
    for key, name in (("j", "Alpha"), ("j", "Beta"), ("j", "Gamma"), ("j", "Gamma"), ("k", "Beta")):
        page.keyboard.press(key)
        row = page.locator("tr:focus-within")
        assert name in said(row)
    page.keyboard.press("ArrowDown")
    assert "Gamma" in said(page.locator("tr:focus-within"))
    with loading(page):
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Gamma Ltd")
    with loading(page):
        page.keyboard.press("k")
    expect(page.locator("h1")).to_have_text("Beta Ltd")
    page.goto("/contacts")
    page.keyboard.press("/")
    assert focused(page) == "q"
    page.keyboard.type("gam")
    page.wait_for_url("**q=gam*")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    assert focused(page) == "q"
    page.keyboard.press("Control+k")
    assert focused(page) == "go"
    page.keyboard.type("alpha")
    page.locator("#go-list [role=option].active", has_text="Alpha").wait_for()
    with loading(page):
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Alpha Ltd")


def test_editing_saving_and_leaving_a_section(site: Site) -> None:
    """U-C1: e opens, Ctrl+S saves, Esc leaves at once when nothing changed and asks when something did."""
    contact = site.do(make.make_contact)
    page = site.visitor()
    page.goto(address_of(contact))
    editing = page.locator("section.editing")
    page.keyboard.press("e")
    editing.wait_for()
    page.keyboard.press("Escape")
    editing.wait_for(state="detached")
    tab_to(page, "section[id$='-address'] a.act")
    page.keyboard.press("e")
    editing.wait_for()
    tab_to(page, "[name=city]")
    page.keyboard.type("Lyon")
    page.keyboard.press("Escape")
    expect(page.locator("#leave")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#leave")).to_be_hidden()
    assert page.input_value("[name=city]") == "Lyon"
    page.keyboard.press("Control+s")
    editing.wait_for(state="detached")
    assert "Lyon" in said(page.locator("section[id$='-address']"))
    assert page.evaluate("document.activeElement.matches('[data-edit]')")
    page.keyboard.press("e")
    editing.wait_for()
    tab_to(page, "[name=city]")
    page.keyboard.type("Paris")
    page.keyboard.press("Escape")
    tab_to(page, "#leave [value=leave]")
    page.keyboard.press("Enter")
    editing.wait_for(state="detached")
    assert site.values((Contact, contact.id), "city") == ("Lyon",)


def test_the_sheet_of_shortcuts_opens_and_closes(site: Site) -> None:
    """U-X2, U-X10: "?" shows the help and the keys; Esc gives the focus back."""
    page = site.visitor()
    page.goto("/contacts")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    assert "Ctrl" in said(page.locator("#help"))
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()


def test_single_keys_can_be_switched_off(site: Site) -> None:
    """U-X3, WCAG 2.1.4: then only the keys with Ctrl or Alt act."""

    def switch_off(session: Session) -> None:
        session.get_one(User, BY_ROLE["clerk"].id).preferences = {"single_keys": False}

    site.do(switch_off)
    page = site.visitor()
    page.goto("/contacts")
    for key in ("?", "/", "n", "g", "u"):
        page.keyboard.press(key)
    page.wait_for_timeout(200)
    expect(page.locator("#help")).to_be_hidden()
    assert page.url.endswith("/contacts") and focused(page) != "q"
    with loading(page):
        page.keyboard.press("Alt+n")
    assert page.url.endswith("/contacts/new")


def _choose_from_menu(page: Page, menu: str, end: str) -> None:
    """Open a menu of the card and follow the entry whose address ends so."""
    summaries = page.locator(".actions summary")
    place = next(n for n in range(summaries.count()) if menu in said(summaries.nth(n)))
    for _ in range(place + 1):
        tab_to(page, ".actions summary")
    for _ in range(4):
        page.keyboard.press("ArrowDown")
        if str(page.evaluate("document.activeElement.getAttribute('href')")).endswith(end):
            break
    with loading(page):
        page.keyboard.press("Enter")
    assert page.url.endswith(end)
