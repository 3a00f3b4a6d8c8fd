"""Possible duplicates in a browser: named while a new card is typed, which is made at the first click."""

from playwright.sync_api import expect

from tests.browser.support import Site
from tests.imports.support import table
from tests.imports.test_pages import to_check
from tests.support.client import Client
from tests.support.factories import make_customer


def test_a_choice_is_kept_at_once_and_the_keyboard_stays_where_it_was(site: Site) -> None:
    """U-I4: the rows are shown anew with every choice, and the next arrow key goes on from there."""
    site.do(lambda session: make_customer(session, "Nord SA").id)
    client = Client(site.app, role="clerk")
    to_check(client, table("Name", "Nord SA", "Sud SA"))
    page = site.visitor()
    page.goto("/import/1")
    page.locator("#choice-2-skip").focus()
    for wanted in ("create", "1"):
        with page.expect_response("**/choices*"):
            page.keyboard.press("ArrowRight")
        expect(page.locator(f"#choice-2-{wanted}")).to_be_focused()
        expect(page.locator(f"#choice-2-{wanted}")).to_be_checked()
    assert client.page("/import/1").form(of="choice-2").values["choice-2"] == ["1"]
    page.get_by_role("button", name="Run the import").click()
    page.locator("progress").wait_for()


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
