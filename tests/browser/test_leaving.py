"""Signing out, signing in again while something is typed, and coming back to a list."""

import re

from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from models import Contact
from tests.browser.support import Site, address_of, edit, loading, said, save
from tests.support import factories as make
from tests.support.people import BY_ROLE, PASSWORD

PLANTED = ("Planted Ltd", "planted@example.com", "04 72 99 99 99", "Plantville")


def test_nothing_of_a_card_stays_in_the_browser_after_signing_out(site: Site) -> None:
    """R-WEB-3: both storages hold none of the planted values, and Back shows the login."""
    name, email, phone, city = PLANTED
    contact = site.do(lambda session: make.make_contact(session, name, email=email, phone=phone, city=city))
    page = site.visitor()
    page.goto("/contacts?q=planted")
    page.goto(address_of(contact))
    edit(page, "communication")
    page.fill("[name=website]", "https://planted.example.com")
    save(page)
    page.click("section[id$='-address'] summary")
    page.goto("/contacts")
    page.keyboard.press("j")
    page.goto(address_of(contact))
    page.click("header details.menu summary >> nth=-1")
    with loading(page):
        page.click("form[action='/logout'] button")
    kept = page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    assert kept != "{}", "the row and the folded section are kept, so this test looks at something"
    for value in (*PLANTED, "planted"):
        assert value not in kept
    page.go_back()
    page.wait_for_url(re.compile("/login"))
    assert not any(value in page.content() for value in PLANTED)


def test_what_was_typed_is_kept_when_the_session_ended_and_saved_after_signing_in_again(site: Site) -> None:
    """R-CON-4: 401 keeps the form; after signing in in another tab the same form is saved."""
    contact = site.do(make.make_contact)
    page = site.visitor()
    page.goto(address_of(contact))
    edit(page, "address")
    page.fill("[name=city]", "Lyon")
    _forget_the_session(page)
    page.click("section.editing [data-save]")
    message = page.locator("#messages .notice, #messages > *").first
    message.wait_for()
    assert "What you typed is still here" in said(page.locator("#messages"))
    assert page.input_value("[name=city]") == "Lyon"
    with page.context.expect_page() as opened:
        page.click("#messages a")
    _sign_in(opened.value)
    save(page)
    assert site.values((Contact, contact.id), "city") == ("Lyon",)


def test_a_whole_page_form_stays_when_the_session_ended_and_is_sent_after_signing_in_again(
    site: Site,
) -> None:
    """R-CON-4: the new card is made once, with what was typed before."""
    page = site.visitor()
    page.goto("/contacts/new")
    page.fill("[name=name]", "Typed Before")
    _forget_the_session(page)
    page.click("main [data-save]")
    page.locator("#messages .notice").wait_for()
    assert "What you typed is still here" in said(page.locator("#messages"))
    assert page.input_value("[name=name]") == "Typed Before"
    with page.context.expect_page() as opened:
        page.click("#messages a")
    _sign_in(opened.value)
    with loading(page):
        page.click("main [data-save]")
    assert "Typed Before" in page.inner_text("h1")


def test_filter_scroll_and_focused_row_are_there_on_coming_back(site: Site) -> None:
    """U-L14: by Back, and by the link of the card's own page."""

    def many(session: Session) -> None:
        for number in range(60):
            make.make_contact(session, f"Company {number:02}", city="Lyon")
        make.make_contact(session, "Elsewhere", city="Paris")

    site.do(many)
    page = site.visitor()
    page.goto("/contacts?city=Lyon&sort=name")
    for _ in range(40):
        page.keyboard.press("j")
    row = page.locator("tr:focus-within")
    name, place = said(row), page.evaluate("scrollY")
    assert "Company 39" in name and place > 0
    with loading(page):
        page.keyboard.press("Enter")
    page.go_back()
    expect(page.locator("tr:focus-within")).to_contain_text("Company 39")
    assert page.url.endswith("/contacts?city=Lyon&sort=name")
    assert abs(page.evaluate("scrollY") - place) < 80
    assert "Lyon" in said(page.locator("#list .chip").first)


def _forget_the_session(page: Page) -> None:
    page.context.clear_cookies()


def _sign_in(page: Page) -> None:
    page.fill("[name=email]", BY_ROLE["clerk"].email)
    page.fill("[name=password]", PASSWORD)
    with loading(page):
        page.keyboard.press("Enter")
    expect(page.locator("form[action='/logout']")).to_have_count(1)
