"""Number series as administrators change them, and what cards get from them."""

from datetime import date

import pytest
from sqlalchemy import select

from models import NumberSeries
from services import numbers, records, series, settings
from services.errors import Exhausted, InUse
from tests.support.factories import BY, make_contact

URL = "/settings/number-series"
DAY = date(2026, 6, 15)


def by_code(session, code):
    return session.scalar(select(NumberSeries).where(NumberSeries.code == code))


@pytest.fixture
def series_id(data):
    """The id of a series by its code."""

    def find(code):
        with data() as session:
            return by_code(session, code).id

    return find


@pytest.fixture
def peek(data):
    """The next number of a series."""

    def find(code, day=DAY):
        with data() as session:
            return numbers.peek(session, by_code(session, code), day)

    return find


def test_the_list_shows_the_next_number_and_how_many_are_left(admin, data, series_id):
    """a preview, and a warning before the end."""
    id_ = series_id("CONT")
    admin.submit(f"{URL}/{id_}", {"lines-0-pattern": "CT{98}", "lines-0-warn_at": "5"})
    row = admin.page(URL).one("tr", id=f"number-series-{id_}")
    assert "CT98" in row.text
    assert row.one(css="warn").text == "2 left"
    with data() as session:
        make_contact(session, "One Ltd")
        make_contact(session, "Two Ltd")
    assert "No number left" in admin.page(URL).one("tr", id=f"number-series-{id_}").text
    assert "The series CONT has no number left." in admin.page("/settings").main.text
    with data() as session, pytest.raises(Exhausted):
        records.create(session, "contact", {"name": "Three Ltd"}, by=BY)


def test_a_typed_last_number_is_followed_by_the_next(admin, series_id, peek):
    """N3: an office that comes from another program goes on counting."""
    url = f"{URL}/{series_id('CUST')}"
    for typed, next_no in (("C00417", "C00418"), ("500", "C00501"), ("", "C00001")):
        admin.submit(url, {"lines-0-last_no": typed})
        assert peek("CUST") == next_no


def test_a_form_that_was_open_meanwhile_does_not_set_the_counter_back(admin, data, series_id, peek):
    """Only a last number that was typed anew is written."""
    form = admin.page(f"{URL}/{series_id('CONT')}").form()
    with data() as session:
        make_contact(session, "Meanwhile Ltd")
    assert admin.send(form, {"description": "People and companies"}).status_code == 303
    assert peek("CONT") == "CT000002"


def test_a_new_line_takes_over_on_its_day(admin, data, series_id, peek):
    url = f"{URL}/{series_id('VEND')}"
    admin.submit(url, {"lines-1-pattern": "V-{yyyy}-{001}", "lines-1-starts_on": "2099-01-01"})
    assert peek("VEND") == "V00001"
    assert peek("VEND", date(2099, 3, 1)) == "V-2099-001"
    admin.submit(url, {"lines-1-remove": "y"})
    with data() as session:
        assert [line.pattern for line in by_code(session, "VEND").lines] == ["V{00001}"]


def test_a_series_is_made_and_chosen_and_the_old_one_deleted(admin, data, series_id):
    """N6: an administrator may change everything; a series that is in use stays."""
    old_id = series_id("CONT")
    admin.submit(f"{URL}/new", {"code": "PEOPLE", "lines-0-pattern": "P{01}"})
    admin.submit("/settings/contacts", {"contact_series_id": series_id("PEOPLE")})
    with data() as session:
        assert make_contact(session).no == "P01"
        with pytest.raises(InUse):
            settings.delete(session, by_code(session, "PEOPLE"))
    assert "CONT was deleted." in admin.submit(f"{URL}/{old_id}/delete", {}).text
    with data() as session:
        assert by_code(session, "CONT") is None


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"automatic": None, "manual": None}, "automatic"),
        ({"lines-0-pattern": "CT0001"}, "lines-0-pattern"),
        ({"lines-0-pattern": "{1}{2}"}, "lines-0-pattern"),
        ({"lines-0-pattern": "A-VERY-LONG-PREFIX-{0001}"}, "lines-0-pattern"),
        ({"lines-0-pattern": ""}, "lines-0-pattern"),
        ({"lines-0-remove": "y"}, "lines-0-pattern"),
        ({"lines-0-last_no": "V00001"}, "lines-0-last_no"),
        ({"lines-0-warn_at": "-1"}, "lines-0-warn_at"),
        ({"lines-0-starts_on": "yesterday"}, "lines-0-starts_on"),
        ({"code": "CUST"}, "code"),
    ],
)
def test_a_series_that_cannot_work_is_refused(admin, data, series_id, typed, field):
    """N3: never neither automatic nor manual; a pattern has its first number in braces once."""
    page = admin.submit(f"{URL}/{series_id('CONT')}", typed, 422)
    assert page.errors[field]
    with data() as session:
        found = by_code(session, "CONT")
        assert (found.automatic, found.manual, found.lines[0].pattern) == (True, True, "CT{000001}")


def test_what_was_typed_stays_when_a_line_is_refused(admin, series_id):
    typed = {"description": "Typed", "lines-0-warn_at": "many", "lines-1-pattern": "X{01}"}
    form = admin.submit(f"{URL}/{series_id('CONT')}", typed, 422).form()
    assert {name: form.values[name] for name in typed} == {name: [value] for name, value in typed.items()}


def test_lines_that_were_not_sent_are_kept(session):
    """A script that changes the description only does not empty the series."""
    found = by_code(session, "CONT")
    series.save(session, found, {"code": "CONT", "description": "X", "automatic": True, "manual": True}, DAY)
    assert [line.pattern for line in found.lines] == ["CT{000001}"]


def test_a_line_of_another_series_is_not_taken_away(session):
    """R-PERM-4: the id in the form counts only for the lines of this series."""
    contacts, customers = by_code(session, "CONT"), by_code(session, "CUST")
    line = series.as_typed(contacts.lines[0], DAY) | {"id": str(customers.lines[0].id)}
    values = {"code": "CONT", "description": "", "automatic": True, "manual": True, "lines": [line]}
    series.save(session, contacts, values, DAY)
    session.commit()
    session.expire_all()
    assert [one.pattern for one in customers.lines] == ["C{00001}"]
    assert [one.pattern for one in contacts.lines] == ["CT{000001}"]


def test_manual_numbers_alone_need_no_line(session):
    values = {"code": "OWN", "description": "", "automatic": False, "manual": True, "lines": []}
    made = series.save(session, None, values, DAY)
    assert series.state(session, made, DAY) == series.State(None, 0, False)
