"""Two browsers at one card: nobody's change is lost without a word, and nothing typed is lost."""

import pytest
from playwright.sync_api import Page

from models import Contact, Customer
from tests.browser.support import Site, address_of, edit, focused, said, save, save_refused
from tests.support import factories as make

CONFLICT = "[data-choices]"
with_and_without_javascript = pytest.mark.parametrize("javascript", (True, False))


@with_and_without_javascript
def test_second_of_two_takes_mine_for_one_field_and_theirs_for_another(site: Site, javascript: bool) -> None:
    """R-CON-1, R-CON-2, U-C11: 409 with both values; each field is chosen by itself, then it is saved."""
    contact = site.do(lambda session: make.make_contact(session, phone="514 555 0100", email="a@example.com"))
    first, second = _two(site, javascript)
    for page in (first, second):
        page.goto(address_of(contact))
        edit(page, "communication")
    _fill(first, phone="514 555 0111", email="first@example.com")
    save(first)
    _fill(second, phone="514 555 0122", email="second@example.com", website="https://example.com")
    with second.expect_response(lambda response: response.request.method == "POST") as answer:
        second.click("section.editing [data-save]")
    second.locator(CONFLICT).wait_for()
    assert answer.value.status == 409
    text = said(second.locator(CONFLICT))
    for value in ("514 555 0111", "514 555 0122", "first@example.com", "second@example.com"):
        assert value in text
    assert "Claude Clerk" in said(second.locator("section.editing"))
    assert second.input_value("[name=website]") == "https://example.com"
    second.check("[name=take_phone][value=mine]")
    second.check("[name=take_email][value=theirs]")
    save(second)
    assert site.values((Contact, contact.id), "phone", "email", "website") == (
        "514 555 0122",
        "first@example.com",
        "https://example.com",
    )


@with_and_without_javascript
def test_stale_customer_after_a_change_on_its_contact(site: Site, javascript: bool) -> None:
    """R-CON-2, S3: a change that came through the link counts as a change made meanwhile."""
    family = site.do(make.make_family)
    page, other = _two(site, javascript)
    page.goto(address_of(family.customer))
    edit(page, "address")
    other.goto(address_of(family.contact))
    edit(other, "address")
    _fill(other, city="Grenoble")
    save(other)
    _fill(page, city="Annecy")
    page.click("section.editing [data-save]")
    page.locator(CONFLICT).wait_for()
    text = said(page.locator(CONFLICT))
    assert "Grenoble" in text and "Annecy" in text
    page.check("[name=take_city][value=mine]")
    save(page)
    for card in family.linked:
        assert site.values((type(card), card.id), "city") == ("Annecy",)


def test_different_sections_and_different_fields_do_not_disturb_each_other(site: Site) -> None:
    """R-CON-1: only a field that both changed is a conflict."""
    customer = site.do(make.make_customer)
    first, second = _two(site, True)
    for page, section in ((first, "address"), (second, "communication")):
        page.goto(address_of(customer))
        edit(page, section)
    _fill(first, city="Lyon")
    _fill(second, phone="04 72 00 00 01")
    save(first)
    save(second)
    for page in (first, second):
        page.goto(address_of(customer))
        edit(page, "address")
    _fill(first, city="Paris")
    save(first)
    _fill(second, post_code="69002")
    save(second)
    assert site.values((Customer, customer.id), "city", "phone", "post_code") == (
        "Paris",
        "04 72 00 00 01",
        "69002",
    )


def test_choices_left_open_keep_the_form_and_lead_to_the_first_of_them(site: Site) -> None:
    """R-CON-2, U-C11: until every field is chosen nothing is sent, and the focus goes to what is open."""
    contact = site.do(lambda session: make.make_contact(session, city="Lyon"))
    first, second = _two(site, True)
    for page in (first, second):
        page.goto(address_of(contact))
        edit(page, "address")
    for page, city in ((first, "Paris"), (second, "Dijon")):
        _fill(page, city=city)
        page.keyboard.press("Control+s")
        page.locator(CONFLICT if page is second else "section[id$='-address']:not(.editing)").wait_for()
    assert "1 choice left" in said(second.locator("[data-left]"))
    assert second.get_attribute("section.editing [data-save]", "aria-disabled") == "true"
    sent: list[str] = []
    second.on("request", lambda request: sent.append(request.method))
    second.keyboard.press("Control+s")
    assert second.evaluate("document.activeElement.name") == "take_city"
    second.wait_for_timeout(200)
    assert "POST" not in sent
    second.click("[data-choices] [data-all=theirs]")
    assert said(second.locator("[data-result]")) == "Paris"
    save(second)
    assert site.values((Contact, contact.id), "city") == ("Paris",)


@with_and_without_javascript
def test_what_was_typed_stays_after_an_error_and_the_summary_has_the_focus(
    site: Site, javascript: bool
) -> None:
    """U-C6: 422, the summary is focused, its links lead to the fields, what was typed is kept as typed."""
    contact = site.do(make.make_contact)
    page = _two(site, javascript)[0]
    page.goto(address_of(contact))
    edit(page, "communication")
    _fill(page, email="nobody@", phone="514 555 0199")
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        save_refused(page)
    assert answer.value.status == 422
    assert page.input_value("[name=email]") == "nobody@"
    assert page.input_value("[name=phone]") == "514 555 0199"
    assert page.get_attribute("[name=email]", "aria-invalid") == "true"
    described = page.get_attribute("[name=email]", "aria-describedby") or ""
    assert any("name@example.com" in said(page.locator(f"#{one}")) for one in described.split())
    assert focused(page) == "summary"
    page.click(".summary a")
    assert page.evaluate("document.activeElement.name") == "email" or not javascript
    _fill(page, email="somebody@example.com")
    save(page)
    assert site.values((Contact, contact.id), "email") == ("somebody@example.com",)


def _two(site: Site, javascript: bool) -> tuple[Page, Page]:
    """Two people at two machines."""
    pages = [site.visitor(role, java_script_enabled=javascript) for role in ("clerk", "admin")]
    return pages[0], pages[1]


def _fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.fill(f"section.editing [name={name}]", value)
