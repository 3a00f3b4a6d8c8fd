"""The first start makes one office and one administrator (R-AUTH-1)."""

import stat
import threading
from typing import Any

from flask import Flask

from extensions import db
from models import Office, PaymentTerms, TaxGroup, User
from services import datadir
from tests.account.conftest import CODE, token
from tests.support.client import Client
from tests.support.threads import read

VALUES = {
    "code": CODE,
    "company": "Atelier Roy inc.",
    "currency": "CAD",
    "language": "fr",
    "name": "Zoé Caron",
    "email": "Zoe@Example.com",
    "password": "vert cheval lampe",
}


def test_before_it_every_page_leads_to_setup(new_app: Flask) -> None:
    browser = Client(new_app)
    for url in ("/", "/login", "/contacts", "/contacts/1", "/settings/users", "/nothing", "/invite/x"):
        response = browser.get(url)
        assert (response.status_code, response.location) == (302, "/setup"), url
    assert browser.get("/healthz").status_code == 200
    assert browser.get("/static/carnet.css").status_code == 200


def test_the_code_is_in_a_file_of_its_own(new_app: Flask) -> None:
    data = new_app.config["CARNET"].data
    assert datadir.setup_code(data, CODE) == CODE
    assert stat.S_IMODE((data / "setup-code").stat().st_mode) == 0o600


def test_without_the_code_nothing_is_made_and_what_was_typed_stays(new_app: Flask) -> None:
    browser = Client(new_app)
    for code in ("", "ABCD-EFGH-JKMN-PQRT"):
        page = browser.read(
            browser.send(browser.page("/setup").form(), VALUES | {"code": code}), "/setup", 403
        )
        assert set(page.errors) == {"code"}
        assert page.form().values["company"] == ["Atelier Roy inc."]
        assert page.form().values["password"] == [""]
    assert read(new_app, lambda session: session.query(User).count()) == 0


def test_it_makes_office_and_administrator_and_signs_in(new_app: Flask) -> None:
    browser = Client(new_app)
    form = browser.page("/setup").form()
    before = browser.cookie
    response = browser.send(form, VALUES)
    assert (response.status_code, response.location) == (303, "/")
    assert browser.cookie != before
    assert browser.get("/").status_code == 200

    def check(session: Any) -> None:
        user, office = session.query(User).one(), session.get(Office, 1)
        assert (user.name, user.email, user.language, user.formats) == (
            "Zoé Caron",
            "zoe@example.com",
            "fr",
            "fr_CA",
        )
        assert user.is_admin and user.is_clerk and user.is_privacy_officer
        assert (office.name, office.currency, office.country) == ("Atelier Roy inc.", "CAD", "CA")
        assert office.timezone == "America/Toronto"
        assert session.query(TaxGroup).filter_by(code="QC").count() == 1
        assert session.query(PaymentTerms).count() == 3

    read(new_app, check)
    assert not (new_app.config["CARNET"].data / "setup-code").exists()


def test_afterwards_the_page_is_gone(new_app: Flask) -> None:
    browser = Client(new_app)
    browser.send(browser.page("/setup").form(), VALUES)
    assert browser.get("/setup").status_code == 404
    assert browser.post("/setup", VALUES | {"csrf_token": token(browser)}).status_code == 404
    stranger = Client(new_app)
    assert stranger.get("/setup").status_code == 404
    assert stranger.get("/contacts").location == "/login?next=/contacts"


def test_two_at_the_same_moment_make_one_administrator(new_app: Flask) -> None:
    browsers = [Client(new_app), Client(new_app)]
    forms = [browser.page("/setup").form() for browser in browsers]
    gate, statuses = threading.Barrier(2), [0, 0]

    def run(place: int) -> None:
        gate.wait()
        email = {"email": f"admin{place}@example.com"}
        statuses[place] = browsers[place].send(forms[place], VALUES | email).status_code

    threads = [threading.Thread(target=run, args=(place,)) for place in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(statuses) == [303, 404]
    assert read(new_app, lambda session: session.query(User).count()) == 1


def test_wrong_values_are_said_at_their_fields(new_app: Flask) -> None:
    browser = Client(new_app)
    wrong = VALUES | {
        "company": "  ",
        "email": "zoe@",
        "password": "elevenchars",
        "currency": "XXX",
        "country": "QC",
    }
    page = browser.read(browser.send(browser.page("/setup").form(), wrong), "/setup", 422)
    assert set(page.errors) == {"company", "email", "password", "currency", "country"}
    with new_app.app_context():
        assert db.session.query(Office).count() == 0


def test_a_french_browser_is_offered_french_and_the_euro(new_app: Flask) -> None:
    browser = new_app.test_client()
    page = browser.get("/setup", headers={"Accept-Language": "fr-FR,fr;q=0.9"}).get_data(as_text=True)
    for chosen in (
        'selected value="FR"',
        'selected value="EUR"',
        'selected value="Europe/Paris"',
        'selected value="fr"',
    ):
        assert chosen in page
