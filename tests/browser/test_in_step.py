"""Linked cards stay in step, as somebody in front of a browser sees it."""

import re

from sqlalchemy import func, select

from models import HistoryEntry
from tests.browser.support import Site, address_of, edit, said, save, toast
from tests.support import factories as make


def test_city_changed_on_the_customer_shows_on_the_four_other_cards_with_one_history_line_each(
    site: Site,
) -> None:
    """S1, S2, S3, S9."""
    family = site.do(make.make_family)
    urls = [address_of(card) for card in family.linked]
    page = site.visitor()
    page.goto(address_of(family.customer))
    form = edit(page, "address")
    form.get_by_label("City").fill("Grenoble")
    save(page)
    for url in urls:
        page.goto(url)
        assert "Grenoble" in said(page.locator("section[id$='-address']")), url
        page.goto(f"{url}/history")
        lines = page.locator("main li, main tbody tr").filter(has_text="Grenoble")
        assert lines.count() == 1, url


def test_what_else_changes_is_said_before_saving_and_after(site: Site) -> None:
    """S10, U-X4: the old and the new value stand above the buttons; a toast says it was done."""
    family = site.do(make.make_family)
    page = site.visitor()
    page.goto(address_of(family.contact))
    form = edit(page, "communication")
    form.get_by_label("Phone").first.fill("04 72 11 11 11")
    also = page.locator(".also", has_text="11 11")
    also.wait_for()
    text = said(also)
    assert re.search(r"04 72 00 00 00 → 04 72 11 11 11", text), text
    for party in family.parties:
        assert party.no in text
    assert site.values((type(family.contact), family.contact.id), "phone") == ("04 72 00 00 00",)
    save(page)
    assert page.locator("#toasts .toast").count() == 1
    for party in family.parties:
        assert party.no in toast(page)


def test_a_phone_that_is_emptied_is_emptied_on_the_linked_cards_and_the_form_says_so(site: Site) -> None:
    """S4, S10."""
    family = site.do(make.make_family)
    page = site.visitor()
    page.goto(address_of(family.vendor))
    form = edit(page, "communication")
    assert "emptied" in said(page.locator(".also"))
    form.get_by_label("Phone").first.fill("")
    page.locator(".also", has_text="04 72 00 00 00").wait_for()
    assert "is emptied on" in said(page.locator(".also"))
    save(page)
    for card in family.linked:
        assert site.values((type(card), card.id), "phone") == ("",)
    changes = site.read(lambda session: session.scalar(select(func.count(HistoryEntry.id))))
    assert changes >= len(family.linked)


def test_the_panel_says_in_step_also_after_a_change_made_elsewhere(site: Site) -> None:
    """U-C4: the panel names each linked card and its state, also after a change made elsewhere."""
    family = site.do(make.make_family)
    page, other = site.visitor(), site.visitor("admin")
    page.goto(address_of(family.contact))
    panel = page.locator("#in-step")
    assert said(panel).count("in step") >= 4
    other.goto(address_of(family.bank_account))
    edit(other, "address").get_by_label("City").fill("Annecy")
    save(other)
    page.reload()
    assert said(panel).count("in step") >= 4 and "Annecy" in said(page.locator("main"))
