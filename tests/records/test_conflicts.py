"""Two people edit one card: what is asked, what is kept, and what nobody touched stays (S11, R-CON-1)."""

from typing import Any

import pytest

from tests.privacy.support import Do, change, make, stored
from tests.support.client import Client
from tests.support.factories import make_contact, make_person
from tests.support.pages import Form

pytestmark = pytest.mark.both_databases


def opened(client: Client, card: Any, section: str) -> Form:
    """The form of a section as somebody has it before them."""
    return client.page(f"/contacts/{card.id}/{section}/edit").form(of="seen")


def test_what_the_second_person_left_alone_is_not_overwritten(do: Do, client: Client) -> None:
    """R-CON-1, no lost update: settling the phone does not bring back the e-mail as it was shown."""
    card = make(do, make_contact, "A Ltd", phone="1", email="old@example.com")
    form = opened(client, card, "communication")
    change(do, card, phone="2", email="new@example.com")
    page = client.read(client.send(form, {"phone": "3"}), form.action, 409)
    assert len(page.all("tr", data_choice="")) == 1, "only the phone is asked for"
    client.read(client.send(page.form(of="seen"), {"take_phone": "mine"}), form.action, 303)
    now = stored(do, "contact", card.id)
    assert (now.phone, now.email) == ("3", "new@example.com")


def test_a_company_nobody_touched_stays_as_it_was_chosen_meanwhile(do: Do, client: Client) -> None:
    """R-CON-1: the box of a lookup shows the former company, and is still not an answer."""
    first, second = make(do, make_contact, "First Ltd"), make(do, make_contact, "Second Ltd")
    person = make(do, make_person, "Ada Example", first)
    form = opened(client, person, "person")
    change(do, person, company_id=second.id, job_title="Buyer")
    page = client.read(client.send(form, {"job_title": "Owner"}), form.action, 409)
    client.read(client.send(page.form(of="seen"), {"take_job_title": "mine"}), form.action, 303)
    now = stored(do, "contact", person.id)
    assert (now.job_title, now.company_id) == ("Owner", second.id)


def test_a_side_that_was_taken_stays_taken_while_another_field_is_settled(do: Do, client: Client) -> None:
    """S11: “theirs” for one field is not forgotten when a second conflict comes in between."""
    card = make(do, make_contact, "A Ltd", phone="1", fax="1")
    form = opened(client, card, "communication")
    change(do, card, phone="2")
    page = client.read(client.send(form, {"phone": "3", "fax": "3"}), form.action, 409)
    change(do, card, fax="2")
    page = client.read(client.send(page.form(of="seen"), {"take_phone": "theirs"}), form.action, 409)
    again = page.form(of="seen")
    assert again.values["take_phone"] == ["theirs"] and "take_fax" not in again.values
    client.read(client.send(again, {"take_fax": "mine"}), form.action, 303)
    now = stored(do, "contact", card.id)
    assert (now.phone, now.fax) == ("2", "3")


@pytest.mark.parametrize("seen", ["phone=", "phone=000000000000", "nonsense", "phone=0!,fax=", ","])
def test_a_forged_mark_is_a_conflict_and_never_a_lost_update(do: Do, client: Client, seen: str) -> None:
    """R-CON-1: only the digest of the present value lets a field be overwritten."""
    card = make(do, make_contact, "A Ltd", phone="1")
    form = opened(client, card, "communication")
    client.read(client.send(form, {"phone": "2", "seen": seen}), form.action, 409)
    assert stored(do, "contact", card.id).phone == "1"


def test_a_form_without_marks_is_refused(do: Do, client: Client) -> None:
    """R-CON-1: every section form carries `seen`."""
    card = make(do, make_contact, "A Ltd", phone="1")
    form = opened(client, card, "communication")
    assert client.send(form, {"phone": "2", "seen": ""}).status_code == 400
    assert client.send(form, {"phone": "2", "seen": None}).status_code == 400
    assert stored(do, "contact", card.id).phone == "1"


def test_what_was_left_alone_is_not_judged_again(do: Do, client: Client) -> None:
    """A tax number that was right in its country does not stop the section after the country changed."""
    card = make(do, make_contact, "A Ltd", country="US", vat_no="AB 12")
    change(do, card, country="CA")
    client.submit(f"/contacts/{card.id}/general/edit", {"language": "fr"}, 303, of="seen")
    now = stored(do, "contact", card.id)
    assert (now.language, now.vat_no) == ("fr", "AB 12")
    page = client.submit(f"/contacts/{card.id}/general/edit", {"vat_no": "AB 13"}, 422, of="seen")
    assert "Canadian tax number" in page.errors["vat_no"]
