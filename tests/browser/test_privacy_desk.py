"""The privacy desk in a browser: by keyboard, in both languages and both colour schemes, with and without scripts."""

from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from tests.browser.audit import Audit
from tests.browser.support import Site, loading, submit
from tests.support.factories import Family, make_contact, make_customer, make_family, make_person

BUTTONS = {"en": ("Search", "Not the same"), "fr": ("Chercher", "Pas la même personne")}


def fill(session: Session) -> Family:
    family = make_family(session)
    make_person(session, "Luc Roy", email="roy@example.com")
    make_customer(session, "Luc Roy", linked=False, email="roy@example.com")
    make_contact(session, "Other Ltd", notes="Ask Ada Family")
    return family


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.slow
def test_the_desk_and_a_dossier_have_no_faults(site: Site, language: str) -> None:
    """U-X17, U-X13: the search empty, refused, found and split; the dossier, its mentions, the card's section."""
    family = site.do(fill)
    page = site.visitor("privacy_officer", language=language)
    audit = Audit(page)
    search, split = BUTTONS[language]
    audit.visit("/privacy")
    for typed in ("ab", "luc roy", "nobody here"):
        page.fill("#q", typed)
        page.get_by_role("button", name=search, exact=True).click()
        audit.look(f"/privacy with {typed}")
    page.fill("#q", "luc roy")
    page.get_by_role("button", name=search, exact=True).click()
    page.get_by_role("button", name=split).first.click()
    audit.look("/privacy split")
    person = f"/contacts/{family.person.id}"
    page.goto(f"{person}/privacy")
    expect(page.locator("#mentions table")).to_be_visible()
    audit.look("a dossier")
    audit.visit(f"{person}/privacy/mentions", person, f"/customers/{family.customer.id}/privacy")
    assert audit.faults == [] and site.complaints == []


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.slow
def test_what_the_desk_does_with_a_card_has_no_faults(site: Site, language: str) -> None:
    """U-X17, U-X13: export, erasure and its certificate, block and its banner, correction and consent."""
    family = site.do(fill)
    page = site.visitor("privacy_officer", language=language)
    audit = Audit(page)
    customer, person = f"/customers/{family.customer.id}", f"/contacts/{family.person.id}"
    audit.visit(*(f"{customer}/privacy/{action}" for action in ("export", "erase", "block", "correct")))
    audit.visit(f"{person}/privacy/consent", f"/contacts/privacy/erase?ids={family.person.id}")
    page.goto(f"{customer}/privacy/block")
    with loading(page):
        submit(page)
    audit.visit(f"{customer}/privacy/unblock", customer)
    expect(page.locator(f"a[href$='{customer}/privacy/unblock']").first).to_be_visible()
    page.goto(f"{person}/privacy/erase")
    page.check("[name=identity_method][value=known]")
    page.fill("[name=confirm]", family.person.no)
    submit(page)
    page.wait_for_url("**/privacy/erasures/*")
    audit.look("the certificate")
    assert audit.faults == [] and site.complaints == []


def test_a_person_is_found_by_keyboard_alone(site: Site) -> None:
    """g p leads to the desk, / to its box, Enter searches."""
    family: Any = site.do(fill)
    page = site.visitor("privacy_officer")
    page.goto("/")
    page.keyboard.press("g")
    with page.expect_navigation():
        page.keyboard.press("p")
    page.keyboard.press("/")
    page.keyboard.type("ada family")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("/privacy")
    page.get_by_role("link", name="Open the dossier").press("Enter")
    page.wait_for_url(f"**/contacts/{family.person.id}/privacy")


def test_the_desk_needs_no_scripts(site: Site) -> None:
    """The mentions have a page of their own."""
    family: Any = site.do(fill)
    page = site.without_javascript("privacy_officer")
    page.goto("/privacy")
    page.fill("#q", "ada family")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("link", name="Open the dossier").click()
    page.get_by_role("link", name="Look for texts of others that name this person").click()
    expect(page.locator("h1")).to_have_text(f"Mentions of {family.person.name}")
    expect(page.locator("#mentions table")).to_contain_text("Other Ltd")
