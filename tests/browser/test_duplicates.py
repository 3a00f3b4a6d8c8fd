"""Possible duplicates in a browser: named while a new card is typed, which is made at the first click."""

from playwright.sync_api import expect

from tests.browser.support import Site
from tests.support.factories import make_customer


def test_the_hint_comes_while_typing_and_costs_no_click(site: Site) -> None:
    """U-X7: also with the focus left where it was."""
    site.do(lambda session: make_customer(session, "Blauer See Delikatessen", city="Mannheim").id)
    page = site.visitor()
    page.goto("/customers/new")
    page.get_by_label("Name", exact=False).first.fill("Blauer See Delikatesen")
    page.get_by_label("City").fill("Mannheim")
    hint = page.locator("#duplicates")
    expect(hint).to_contain_text("Blauer See Delikatessen")
    expect(hint).to_contain_text("similar name (97 %)")
    expect(page.get_by_label("City")).to_be_focused()
    page.keyboard.press("Control+s")
    page.wait_for_url("**/customers/2")
    expect(page.locator("h1")).to_have_text("Blauer See Delikatesen")
