"""Every page of the settings is whole, in both languages, and for administrators only; the checklist."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from extensions import db
from models import Office, SecurityEvent, User
from models.base import now
from services import datadir
from tests.support.client import Client
from tests.support.factories import make_contact
from tests.support.people import PEOPLE

PAGES = (
    "/settings",
    "/settings/company",
    "/settings/company/documents",
    "/settings/contacts",
    "/settings/relations",
    "/settings/relations/new",
    "/settings/relations/1",
    "/settings/relations/1/delete",
    "/settings/terms",
    "/settings/terms/new",
    "/settings/terms/1",
    "/settings/templates",
    "/settings/templates/new",
    "/settings/taxes",
    "/settings/taxes/new",
    "/settings/taxes/1",
    "/settings/number-series",
    "/settings/number-series/new",
    "/settings/number-series/1",
    "/settings/sync-check",
    "/settings/backup",
    "/settings/export",
)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_is_whole_in_both_languages(app, language):
    """each address answers a full page with one heading, labels and headers."""
    client = Client(app, role="admin", language=language)
    for url in PAGES:
        client.page(url)


@pytest.mark.parametrize("role", [person.role for person in PEOPLE if person.role != "admin"])
def test_settings_are_for_administrators_only(app, role):
    """R-PERM-1: everybody else gets 403, for reading and for writing."""
    client = Client(app, role=role)
    for url in PAGES:
        assert client.get(url).status_code == 403
    for url in ("/settings/company", "/settings/contacts", "/settings/terms/new", "/settings/backup"):
        assert client.post(url, {"csrf_token": client.csrf_token, "name": "Taken over"}).status_code == 403
    with app.app_context():
        assert db.session.get(Office, 1).name == "Office"


def test_the_checklist_says_what_is_left_and_what_is_done(admin, data):
    """U-S1: each entry has its state; the heading counts them."""
    page = admin.page("/settings")
    assert "5 of 10 done" in page.main.text
    assert "Still empty: Address, City" in page.main.text
    assert "Next numbers: CT000001, C00001, V00001, B00001" in page.main.text
    assert "No backup yet." in page.main.text

    with data() as session:
        office = session.get_one(Office, 1)
        office.address, office.city = "1 Main St", "Gander"
        make_contact(session, "Example Ltd")
    page = admin.page("/settings")
    assert "Office, Gander" in page.main.text
    assert "1 card" in page.main.text
    assert "7 of 10 done" in page.main.text


def test_one_user_alone_is_asked_to_invite_the_others(admin, data):
    """U-S1: accounts are not shared."""
    with data() as session:
        for user in session.scalars(select(User).where(User.id != 1)):
            user.active = False
    assert "Only you. Invite your colleagues" in admin.page("/settings").main.text


def test_the_contacts_entry_is_found_by_its_other_name(admin):
    """the page is also known as Marketing setup."""
    assert "Marketing setup" in admin.page("/settings").main.text
    assert "Marketing setup" in admin.page("/settings/contacts").main.text


def test_little_free_space_is_shown_to_administrators(admin, monkeypatch):
    """R-DUR-5: under 200 MB the settings and the backups say so; with enough room they do not."""
    assert "The disk is almost full" not in admin.page("/settings").main.text
    monkeypatch.setattr(datadir, "LOW_SPACE", 10**18)
    for url in ("/settings", "/settings/backup"):
        assert "The disk is almost full" in admin.page(url).main.text


def test_a_change_of_settings_is_a_security_event_and_a_refused_one_is_none(admin, app):
    """R-LOG-3: one event for each change, with the user and the pattern of the route."""
    admin.submit("/settings/company", {"name": ""}, 422)
    admin.submit("/settings/company", {"name": "New name"})
    with app.app_context():
        events = db.session.scalars(
            select(SecurityEvent).where(SecurityEvent.event == "settings changed")
        ).all()
        assert [(event.user_id, event.route) for event in events] == [(1, "/settings/company")]
        assert events[0].at > now() - timedelta(minutes=5)


def test_no_settings_page_answers_with_a_password_or_key(admin, app):
    """R-SEC-2: what is set in the environment is not shown."""
    for url in PAGES:
        assert app.config["SECRET_KEY"] not in admin.page(url).markup
