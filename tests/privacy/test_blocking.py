"""The pages that block a card for privacy, lift a block, and record the consent for a minor."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models import Contact, PrivacyBlock, PrivacyRequest, PrivacyStep, TrailEntry
from services import records
from services.privacy import blocks, consenting, register
from tests.privacy.support import ADDRESSES, Do, make, stored, values
from tests.support import factories
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.factories import BY

ClientOf = Callable[..., Client]
KINDS = ("contact", "customer", "vendor", "bank_account")


def url_of(card: Any, page: str = "") -> str:
    return f"/{ADDRESSES[card.KIND]}/{card.id}{page}"


def held(do: Do, card: Any) -> list[str]:
    """The grounds that hold for a card."""
    return [
        str(one.ground)
        for one in do(lambda session: blocks.active(session, session.get_one(type(card), card.id)))
    ]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_card_is_blocked_and_unblocked_and_its_commercial_block_is_as_it_was(
    do: Do, client_of: ClientOf, kind: str, language: str
) -> None:
    """Y-H7, U-X19: from each kind of card, with the register line, its steps, and the earlier commercial block."""
    family = make(do, factories.make_family)
    card = getattr(family, kind)
    if kind != "contact":
        commercial = True if kind == "bank_account" else "all"
        do(
            lambda session: records.save(
                session, session.get_one(type(card), card.id), {"blocked": commercial}, by=BY
            )
        )
    before = values(do, kind, card.id)
    officer = client_of("privacy_officer", language=language)
    page = officer.submit(
        url_of(card, "/privacy/block"), {"ground": "request", "reason": "Zoé called"}, of="ground"
    )
    assert f"{card.no} " in page.one("div", id="toasts").text
    for other in family.linked:
        assert held(do, other) == ["request"]
    assert values(do, kind, card.id) == before
    asked = do(lambda session: session.scalars(select(PrivacyRequest)).one())
    assert (asked.kind, asked.channel, asked.subject_no) == ("restriction", "card", card.no)
    page = officer.page(url_of(card))
    assert asked.no in page.main.text
    officer.submit(url_of(card, "/privacy/unblock"), {"reason": "Settled"}, of="block")
    assert held(do, card) == []
    assert values(do, kind, card.id) == before
    steps = do(
        lambda session: [one.action for one in session.scalars(select(PrivacyStep).order_by(PrivacyStep.id))]
    )
    assert steps == ["received", "blocked", "lifted"]
    trail = do(
        lambda session: [one.action for one in session.scalars(select(TrailEntry).order_by(TrailEntry.id))]
    )
    assert [one for one in trail if one in ("blocked", "lifted")] == ["blocked", "lifted"]
    said = officer.page(url_of(card, "/privacy/unblock")).main.text
    assert "Settled" in said and "Zoé called" not in officer.page(url_of(card)).main.text


def test_a_block_belongs_to_the_request_that_it_answers(do: Do, client_of: ClientOf) -> None:
    family = make(do, factories.make_family)

    def ask(session: Any) -> PrivacyRequest:
        return register.open_for_card(session, session.get_one(Contact, family.contact.id), "objection", by=4)

    asked, other = do(ask), make(do, factories.make_contact, "Others Ltd")
    officer = client_of("privacy_officer")
    review = (date.today() + timedelta(days=60)).isoformat()
    page = f"/privacy/block?request={asked.id}"
    officer.submit(url_of(family.customer, page), {"ground": "objection", "review_on": review}, of="ground")
    block = do(lambda session: session.scalars(select(PrivacyBlock)).one())
    assert (block.request_id, block.review_on.isoformat()) == (asked.id, review)
    assert officer.get(url_of(other, page)).status_code == 404
    assert officer.get(url_of(other, "/privacy/block?request=999999")).status_code == 404


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"ground": "minor"}, "ground"),
        ({"ground": "erasure"}, "ground"),
        ({"ground": ""}, "ground"),
        ({"ground": "accuracy"}, "review_on"),
        ({"ground": "request", "since": "2999-01-01"}, "since"),
        ({"ground": "request", "since": "never"}, "since"),
        ({"ground": "request", "until": "2001-01-01"}, "until"),
        ({"ground": "request", "reason": "x" * 201}, "reason"),
        ({"ground": "request", "reason": "a\x00b"}, "reason"),
    ],
)
def test_what_is_wrong_on_the_form_is_said_beside_it(
    do: Do, client_of: ClientOf, typed: dict[str, str], field: str
) -> None:
    contact = make(do, factories.make_contact)
    officer = client_of("privacy_officer")
    form = officer.page(url_of(contact, "/privacy/block")).form(of="ground")
    answer = officer.browser.post(form.action, data={**form.filled({}), **typed})
    page = officer.read(answer, form.action, 422)
    assert page.all(id=f"{field}-error")
    assert typed.get("since", "") in answer.get_data(as_text=True)
    assert held(do, contact) == []
    assert do(lambda session: session.scalars(select(PrivacyRequest)).all()) == []


def test_y_j1_lifting_a_restriction_needs_the_note_that_the_person_was_told(
    do: Do, client_of: ClientOf
) -> None:
    """Y-J1: 409 without it, with everything typed still there."""
    contact = make(do, factories.make_contact)
    review = date.today() + timedelta(days=1)

    def restrict(session: Any) -> None:
        blocks.add(session, session.get_one(Contact, contact.id), "accuracy", by=BY, review_on=review)

    do(restrict)
    officer, url = client_of("privacy_officer"), url_of(contact, "/privacy/unblock")
    page = officer.submit(url, {"reason": "Checked"}, 409, of="block")
    assert 'value="Checked"' in page.markup
    assert held(do, contact) == ["accuracy"]
    officer.submit(url, {"reason": "Checked", "told": "y"}, of="block")
    assert held(do, contact) == []


def test_u_x5_a_block_set_by_mistake_is_undone_at_once_by_who_set_it(
    do: Do, client_of: ClientOf, clock: Clock
) -> None:
    """U-X5: from the result, a restriction too, within the hour and by nobody else."""
    contact = make(do, factories.make_contact)
    clock.set(*datetime.now(UTC).timetuple()[:5])
    officer, unblock = client_of("privacy_officer"), url_of(contact, "/privacy/unblock")

    def restrict() -> str:
        review = (clock.moment + timedelta(days=60)).date().isoformat()
        officer.submit(
            url_of(contact, "/privacy/block"), {"ground": "unlawful", "review_on": review}, of="ground"
        )
        return str(do(lambda session: blocks.own(session, session.get_one(Contact, contact.id))[0].id))

    first = restrict()
    undo = {"csrf_token": officer.csrf_token, "block": first, "undo": "yes"}
    assert officer.post(unblock, undo).status_code == 303
    assert held(do, contact) == []
    undo["block"] = restrict()
    clock.move(minutes=61)
    assert officer.post(unblock, undo).status_code == 409
    assert held(do, contact) == ["unlawful"]
    assert officer.post(unblock, {**undo, "block": first}).status_code == 409
    other = make(do, factories.make_contact, "Others Ltd")
    assert officer.post(url_of(other, "/privacy/unblock"), undo).status_code == 404


def test_from_a_linked_card_the_page_leads_to_where_the_block_stands(do: Do, client_of: ClientOf) -> None:
    family = make(do, factories.make_family)
    do(lambda session: blocks.add(session, session.get_one(Contact, family.contact.id), "request", by=BY))
    page = client_of("privacy_officer").page(url_of(family.customer, "/privacy/unblock"))
    assert url_of(family.contact, "/privacy/unblock") in page.markup
    assert [form for form in page.main.all("form") if form.get("method") == "post"] == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_done_3_consent_lifts_the_block_of_a_minor_alone(do: Do, client_of: ClientOf, language: str) -> None:
    """Y-J5: recorded with day and name, withdrawn again; another block stays."""
    person = make(do, factories.make_person, minor=True)
    url = url_of(person, "/privacy/consent")
    officer = client_of("privacy_officer", language=language)
    assert held(do, person) == ["minor"]
    assert url in officer.page(url_of(person)).markup
    do(lambda session: blocks.add(session, session.get_one(Contact, person.id), "request", by=BY))
    officer.submit(url, {"given_on": date.today().isoformat(), "given_by": "A. Parent"}, of="given_on")
    assert held(do, person) == ["request"]
    now = stored(do, "contact", person.id)
    assert (now.guardian_consent_by, now.birth_date) == ("A. Parent", None)
    assert "A. Parent" in officer.page(url).main.text
    officer.submit(url, {}, of="do")
    assert sorted(held(do, person)) == ["minor", "request"]
    assert stored(do, "contact", person.id).guardian_consent_by == ""


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"given_on": "2999-01-01", "given_by": "A. Parent"}, "given_on"),
        ({"given_on": "", "given_by": "A. Parent"}, "given_on"),
        ({"given_on": "2020-01-01", "given_by": " "}, "given_by"),
        ({"given_on": "2020-01-01", "given_by": "x" * 101}, "given_by"),
    ],
)
def test_a_consent_without_a_day_or_a_name_is_none(
    do: Do, client_of: ClientOf, typed: dict[str, str], field: str
) -> None:
    person = make(do, factories.make_person, minor=True)
    page = client_of("privacy_officer").submit(url_of(person, "/privacy/consent"), typed, 422, of="given_on")
    assert page.all(id=f"{field}-error")
    assert held(do, person) == ["minor"]


def test_the_desk_lists_who_came_of_age_until_it_is_noted(do: Do, client_of: ClientOf, clock: Clock) -> None:
    """Y-J5: a task on the day of majority, and on the review day of a restriction."""
    clock.set(*datetime.now(UTC).timetuple()[:5])
    today = clock.moment.date()
    person = make(
        do, factories.make_person, birth_date=today.replace(year=today.year - 30, day=1), minor=True
    )
    contact = make(do, factories.make_contact, "Restricted Ltd")

    def restrict(session: Any) -> None:
        blocks.add(session, session.get_one(Contact, contact.id), "accuracy", by=BY, review_on=today)

    do(restrict)
    officer = client_of("privacy_officer")
    desk = officer.page("/privacy").main.text
    assert person.no in desk and contact.no in desk
    officer.submit(url_of(person, "/privacy/consent"), {}, of="do")
    assert person.no not in officer.page("/privacy").main.text
    assert not stored(do, "contact", person.id).minor
    assert do(lambda session: consenting.to_look_at(session)) == []


@pytest.mark.parametrize("born", ["2999-01-01", "1850-01-01"])
def test_a_birth_date_that_nobody_has_is_refused(do: Do, client: Client, born: str) -> None:
    """Y-J5: in the future, or more than 130 years ago."""
    person = make(do, factories.make_person)
    page = client.submit(url_of(person, "/person/edit"), {"birth_date": born}, 422, of="seen")
    assert born in page.markup
    assert stored(do, "contact", person.id).birth_date is None
