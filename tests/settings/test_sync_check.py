"""The check of linked cards: it proves or lists, and repairs nothing."""

import pytest
from sqlalchemy import text

from models import Customer
from tests.support.databases import plain_engine
from tests.support.factories import make_family

URL = "/settings/sync-check"


def test_without_links_there_is_nothing_to_compare(admin):
    assert "No card is linked with another one yet." in admin.page(URL).main.text


def test_it_says_how_many_pairs_agree(admin, data):
    """S10: one contact with four parties is four pairs."""
    with data() as session:
        make_family(session)
    page = admin.page(URL)
    assert "All linked cards agree." in page.main.text
    assert "4 pairs of linked cards were compared" in page.main.text


@pytest.mark.damaged
@pytest.mark.both_databases
def test_it_finds_a_row_changed_behind_its_back_and_leaves_it(admin, config, data):
    """S10: every difference, with links to both cards; nothing is repaired, however often it is asked."""
    with data() as session:
        family = make_family(session)
    engine = plain_engine(config)
    with engine.begin() as connection:
        connection.execute(text("UPDATE customers SET city = 'Laval', phone = ''"))
    engine.dispose()
    for _again in range(2):
        page = admin.page(URL)
        assert "2 differences were found." in page.main.text
        rows = [row.text for row in page.main.one("tbody").all("tr")]
        assert any("City" in row and "Lyon" in row and "Laval" in row for row in rows)
        assert any("Phone" in row and "(empty)" in row for row in rows)
        assert {f"/contacts/{family.contact.id}", f"/customers/{family.customer.id}"} <= set(page.links)
        assert not page.one("main").all("form")
    with data() as session:
        assert session.get_one(Customer, family.customer.id).city == "Laval"
