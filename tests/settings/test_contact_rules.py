"""Settings › Contacts: relation codes, series, and the switches; each may be emptied."""

import pytest
from sqlalchemy import select

from extensions import db
from models import Contact, Office, RelationCode
from services import links, making, records, settings, sync
from services.errors import Invalid, MissingSetting
from tests.support.factories import BY, make_contact, make_family, make_party

URL = "/settings/contacts"
KINDS = ("customer", "vendor", "bank_account")


def office(app):
    with app.app_context():
        return db.session.get(Office, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_an_emptied_code_stops_new_links_and_keeps_the_old_ones_in_step(admin, data, kind):
    """L2: create-as is refused with the way to this page; what is linked goes on following."""
    with data() as session:
        family_id = make_family(session).contact.id
    page = admin.submit(URL, {f"{kind}_code_id": ""})
    assert "A business relation code is missing." in page.main.text

    with data() as session:
        other = make_contact(session, "Other Ltd")
        with pytest.raises(MissingSetting) as refusal:
            links.create_as(session, other, kind, by=BY)
        assert refusal.value.link[0] == "settings.contacts"
        contact = session.get_one(Contact, family_id)
        records.save(session, contact, {"city": "Gander"}, by=BY)
        parties = sync.family_of(session, contact).parties
        assert [party.city for party in parties] == ["Gander"] * 4


@pytest.mark.parametrize("kind", KINDS)
def test_the_usual_three_fill_what_is_empty(admin, app, kind):
    """U-S2: one click sets CUST, VEND and BANK; what is set stays."""
    admin.submit(URL, {f"{kind}_code_id": ""})
    form = admin.page(URL).form(action="/settings/contacts/usual")
    page = admin.read(admin.send(form), URL, 303)
    assert f"Set: {settings.CODES[kind]}" in page.text
    with app.app_context():
        codes = dict(db.session.execute(select(RelationCode.id, RelationCode.code)).all())
        assert [codes[office(app).code_id(one)] for one in KINDS] == ["CUST", "VEND", "BANK"]


def test_the_usual_three_are_made_again_when_they_were_deleted(session):
    office = session.get_one(Office, 1)
    for kind in KINDS:
        setattr(office, f"{kind}_code_id", None)
    session.flush()
    for code in session.scalars(select(RelationCode)):
        settings.delete(session, code)
    assert settings.use_usual_codes(session, office) == ["CUST", "VEND", "BANK"]
    assert None not in [office.code_id(kind) for kind in KINDS]
    assert settings.use_usual_codes(session, office) == []


def test_without_a_series_for_contacts_a_party_is_saved_alone(admin, data):
    """L7: the card says which setting is absent."""
    admin.submit(URL, {"contact_series_id": ""})
    with data() as session:
        make_party(session, "customer", "Alone Ltd")
        assert session.scalar(select(Contact)) is None
        assert making.why_no_contact(session.get_one(Office, 1), "customer") == "series"


def test_switches_are_saved_on_and_off(admin, app):
    """C3, L7: all four are on at first."""
    admin.submit(URL, dict.fromkeys(settings.SWITCHES))
    assert [getattr(office(app), name) for name in settings.SWITCHES] == [False] * 4
    admin.submit(URL, dict.fromkeys(settings.SWITCHES, "y"))
    assert [getattr(office(app), name) for name in settings.SWITCHES] == [True] * 4


def test_two_kinds_of_link_never_have_the_same_code(admin, app):
    before = office(app).vendor_code_id
    page = admin.submit(URL, {"vendor_code_id": office(app).customer_code_id}, 422)
    assert "different code" in page.errors["vendor_code_id"]
    assert office(app).vendor_code_id == before


def test_a_code_given_by_hand_does_not_become_a_reserved_one(session):
    """L3: the reserved codes come with a link, never by hand."""
    press = session.scalar(select(RelationCode).where(RelationCode.code == "PRESS"))
    links.add_relation(session, make_contact(session), press, by=BY)
    with pytest.raises(Invalid) as refusal:
        settings.save_contact_rules(session, session.get_one(Office, 1), {"customer_code_id": str(press.id)})
    assert "customer_code_id" in refusal.value.errors


@pytest.mark.parametrize("value", ["999", "x", "-1", "1e1", "9" * 30])
def test_a_code_that_does_not_exist_is_refused(admin, app, value):
    form = admin.page(URL).form(of="customer_code_id")
    sent = {name: values[0] for name, values in form.values.items()} | {"customer_code_id": value}
    page = admin.read(admin.post(URL, sent), URL, 422)
    assert "Choose one of the values in the list." in page.errors["customer_code_id"]
    assert office(app).customer_code_id is not None
