"""The company profile."""

import pytest

from extensions import db
from models import Office

URL = "/settings/company"


def office(app):
    with app.app_context():
        return db.session.get(Office, 1)


def test_what_is_typed_is_saved_and_shown_again(admin, app):
    page = admin.submit(
        URL,
        {
            "name": "  Atelier Côté  ",
            "city": "Québec",
            "country": "FR",
            "registration_no": "732 829 320",
            "timezone": "Europe/Paris",
            "currency": "EUR",
            "language": "fr",
        },
    )
    assert "Saved." in page.text
    assert office(app).name == "Atelier Côté"
    assert (office(app).registration_no, office(app).timezone) == ("732829320", "Europe/Paris")
    assert page.form().values["city"] == ["Québec"]


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", " ", "Enter the name of the office."),
        ("name", "x" * 101, "Shorten this text to 100 characters"),
        ("email", "info@", "Enter an e-mail address like name@example.com."),
        ("phone", "call me", "Enter a phone number like"),
        ("vat_no", "12", "Enter a Canadian tax number"),
        ("city", "a\u202eb", "Remove the marks"),
    ],
)
def test_a_wrong_value_is_refused_and_kept_in_its_box(admin, app, field, typed, sentence):
    """The sentence stands beside the field and in the summary, and nothing is saved."""
    page = admin.submit(URL, {"website": "https://new.example.com", field: typed}, 422)
    assert sentence in page.errors[field]
    assert sentence in page.one(css="summary").text
    assert page.form().values[field] == [typed]
    assert page.form().values["website"] == ["https://new.example.com"]
    assert page.title and page.one("title").text.startswith("Error:")
    assert (office(app).name, office(app).website) == ("Office", "")


@pytest.mark.parametrize("field", ["currency", "language", "timezone", "country"])
def test_a_value_that_is_not_in_the_list_is_refused(admin, app, field):
    before = getattr(office(app), field)
    form = admin.page(URL).form()
    response = admin.post(URL, {name: values[0] for name, values in form.values.items()} | {field: "Nowhere"})
    assert admin.read(response, URL, 422).errors[field]
    assert getattr(office(app), field) == before


def test_other_columns_of_the_office_cannot_be_set_here(admin, app):
    """R-PERM-4: no mass assignment."""
    form = admin.page(URL).form()
    sent = {name: values[0] for name, values in form.values.items()}
    admin.post(URL, sent | {"id": "2", "is_demo": "1", "customer_code_id": "", "city": "Gander"})
    assert (office(app).id, office(app).is_demo, office(app).city) == (1, False, "Gander")
    assert office(app).customer_code_id is not None
