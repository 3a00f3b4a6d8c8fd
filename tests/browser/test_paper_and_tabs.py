"""What only a browser shows: a printed page, and a chosen record in a tab of its own."""

from sqlalchemy.orm import Session

from tests.browser.support import Site
from tests.support.factories import make_contact, make_family


def test_lists_and_cards_print_without_what_is_for_the_screen(site: Site) -> None:
    """U-X14: no menu, no buttons, folded sections open or told in a line, dark ink on white."""
    contact = site.do(make_family).contact
    page = site.visitor(color_scheme="dark")
    for address, kept in (("/contacts", "table.list"), (f"/contacts/{contact.id}", "section.card")):
        page.goto(address)
        page.emulate_media(media="print")
        assert page.locator(kept).first.is_visible()
        for gone in ("nav.side", "header.top", ".actions", "a.act"):
            assert not [one for one in page.locator(gone).all() if one.is_visible()], f"{gone} on {address}"
        page.emulate_media(media="screen")


def test_the_chosen_record_opens_in_a_new_tab_by_key(site: Site) -> None:
    """U-T6: Ctrl+Alt+↓ in the box that goes anywhere, while the page stays."""

    def make(session: Session) -> int:
        return int(make_contact(session, "Tab Ltd").id)

    contact = site.do(make)
    page = site.visitor()
    page.goto("/")
    page.fill("#go", "Tab Ltd")
    page.locator("#go-list [role=option]").first.wait_for()
    page.press("#go", "ArrowDown")
    with page.context.expect_page() as opened:
        page.press("#go", "Control+Alt+ArrowDown")
    opened.value.wait_for_url(f"**/contacts/{contact}")
    assert page.url.endswith("/")
