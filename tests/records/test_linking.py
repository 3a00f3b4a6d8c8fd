"""From a contact to its parties through the pages: create as, link, unlink, codes (L1 to L6, L9 to L11)."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from models import MODELS, Contact, Link, Office, PartyTemplate, RelationCode, UndoEntry
from services import records, sync
from tests.privacy.support import ADDRESSES, PARTIES, Do, change, last_undo, make, stored
from tests.support import factories
from tests.support.client import Client, local
from tests.support.pages import Page


def word(kind: str) -> str:
    """A kind as addresses say it: bank-account."""
    return kind.replace("_", "-")


def create_as_url(contact: Any, kind: str) -> str:
    return f"/contacts/{contact.id}/create-as/{word(kind)}"


def link_url(contact: Any, kind: str) -> str:
    return f"/contacts/{contact.id}/link/{word(kind)}"


def party_of(do: Do, kind: str) -> Any:
    return do(lambda session: session.scalars(select(MODELS[kind]).order_by(MODELS[kind].id.desc())).first())


def link_count(do: Do) -> int:
    return int(do(lambda session: session.scalar(select(func.count()).select_from(Link))))


def assert_refused(do: Do, client: Client, url: str, names: str) -> Page:
    """A GET of what would be refused is 200 with the reason and no form; the POST is 409, and nothing changes."""
    before = link_count(do)
    page = client.page(url)
    assert names in page.main.text and not [
        form for form in page.main.all("form") if form.get("method") == "post"
    ]
    response = client.post(
        url.partition("?")[0], {"csrf_token": client.csrf_token, "party_id": url.partition("=")[2]}
    )
    assert response.status_code == 409
    assert names in response.get_data(as_text=True)
    assert link_count(do) == before
    return page


# -- create as (L5, L6) -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PARTIES)
def test_a_party_is_made_from_a_contact_and_opened(do: Do, way: Client, kind: str) -> None:
    """L6: 303 to the new card; the empty commercial fields are pointed out, filled by hand and saved."""
    contact = make(do, factories.make_contact, "Nord SA", city="Lille", phone="03 20")
    url = create_as_url(contact, kind)
    assert url in way.page(f"/contacts/{contact.id}").links
    page = way.read(way.send(way.page(url).form(of="once")), url, 303)
    party = party_of(do, kind)
    assert page.url.startswith(f"/{ADDRESSES[kind]}/{party.id}") and (party.name, party.city) == (
        "Nord SA",
        "Lille",
    )
    assert contact.no in page.one(id="in-step").text
    sections = {"customer": "payments", "vendor": "payments", "bank_account": "bank"}
    edit = f"/{ADDRESSES[kind]}/{party.id}/{sections[kind]}/edit"
    assert edit in page.links
    typed = {"bank_account": {"iban": "FR1420041010050500013M02606"}}.get(kind, {"payment_terms_id": "2"})
    way.submit(edit, typed, of="seen")
    assert stored(do, "contact", contact.id).version == 1
    assert way.page(f"/contacts/{contact.id}").one(id="in-step").text.count(party.no) >= 1


@pytest.mark.parametrize("kind", PARTIES)
def test_a_double_click_on_create_makes_one(do: Do, client: Client, kind: str) -> None:
    """R-CON-3."""
    contact = make(do, factories.make_contact, "Nord SA")
    form = client.page(create_as_url(contact, kind)).form(of="once")
    answers = [client.send(form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location and link_count(do) == 1


@pytest.mark.parametrize("kind", ["customer", "vendor"])
def test_a_second_party_is_refused_and_leads_to_the_first(do: Do, either: Client, kind: str) -> None:
    """L1: naming the existing one."""
    family = make(do, factories.make_family)
    first = getattr(family, kind)
    page = assert_refused(do, either, create_as_url(family.contact, kind), first.no)
    assert f"/{ADDRESSES[kind]}/{first.id}" in page.links
    assert_refused(do, either, link_url(family.contact, kind), first.no)


def test_a_contact_has_as_many_bank_accounts_as_the_office_likes(do: Do, client: Client) -> None:
    family = make(do, factories.make_family)
    url = create_as_url(family.contact, "bank_account")
    client.read(client.send(client.page(url).form(of="once")), url, 303)
    assert link_count(do) == 5


@pytest.mark.parametrize("kind", PARTIES)
def test_without_its_code_nothing_is_linked_and_the_setting_is_named(
    do: Do, client_of: Callable[..., Client], kind: str
) -> None:
    """L2: the sentence, and for who may change it the link."""
    contact = make(do, factories.make_contact, "Nord SA")
    do(lambda session: setattr(session.get_one(Office, 1), f"{kind}_code_id", None))
    said = set()
    for role, language in (("clerk", "en"), ("admin", "fr")):
        client = client_of(role, language=language)
        for url in (create_as_url(contact, kind), link_url(contact, kind)):
            page = client.page(url)
            assert not [form for form in page.main.all("form") if form.get("method") == "post"]
            assert ("/settings/contacts" in page.links) == (role == "admin")
            said.add(page.main.all("p")[0].text)
            assert client.post(url, {"csrf_token": client.csrf_token}).status_code == 409
    assert link_count(do) == 0 and len(said) == 2


def test_a_persons_company_becomes_the_customer_and_the_page_says_so(do: Do, either: Client) -> None:
    """L5."""
    company = make(do, factories.make_contact, "Company Ltd")
    person = do(
        lambda session: factories.make_person(session, "Ada Inside", session.get(Contact, company.id))
    )
    url = create_as_url(person, "customer")
    page = either.page(url)
    assert company.no in page.main.text and "Company Ltd" in page.main.text
    either.read(either.send(page.form(of="once")), url, 303)
    assert party_of(do, "customer").name == "Company Ltd"
    assert do(lambda session: session.scalars(select(Link.contact_id)).one()) == company.id


def test_a_lone_person_has_no_bank_account(do: Do, either: Client) -> None:
    """L5."""
    person = make(do, factories.make_person, "Ada Free")
    assert_refused(do, either, create_as_url(person, "bank_account"), person.no)


@pytest.mark.parametrize("kind", ["customer", "vendor"])
def test_a_template_is_chosen(do: Do, client: Client, kind: str) -> None:
    """L6: a template of another kind is none."""

    def templates(session: Any) -> dict[str, int]:
        made = {}
        for one in ("customer", "vendor"):
            template = PartyTemplate(kind=one, code=f"T-{one}", payment_terms_id=2, currency="EUR")
            session.add(template)
            session.flush()
            made[one] = template.id
        return made

    ids = do(templates)
    contact = make(do, factories.make_contact, "Nord SA")
    form = client.page(create_as_url(contact, kind)).form(of="once")
    client.read(client.send(form, {"template_id": ids[kind]}), form.action, 303)
    party = party_of(do, kind)
    assert (party.payment_terms_id, party.currency) == (2, "EUR")
    assert stored(do, "contact", contact.id).currency == "EUR"


# -- link with existing (L9) ----------------------------------------------------------------------------------


def two_that_differ(do: Do, kind: str) -> tuple[Any, Any]:
    contact = make(do, factories.make_contact, "Contact Ltd", phone="11", city="Lyon", mobile="99")
    party = make(do, factories.make_party, kind, "Party Ltd", linked=False, phone="22", city="Lyon", fax="33")
    return contact, party


@pytest.mark.parametrize("kind", PARTIES)
def test_field_by_field_then_undone(do: Do, way: Client, kind: str) -> None:
    """L9: the table, the suggestions, the choice, the result that is told, and undo."""
    contact, party = two_that_differ(do, kind)
    url = f"{link_url(contact, kind)}?party_id={party.id}"
    form = way.page(url).form(of="party_id")
    radios = {node["name"] for node in form.node.all("input", type="radio")}
    assert radios == {"wins_name", "wins_phone", "wins_mobile", "wins_fax"}
    assert form.values["wins_mobile"] == ["contact"] and form.values["wins_fax"] == ["party"]
    assert "wins_name" not in form.values and link_count(do) == 0
    page = way.read(way.send(form, {"wins_name": "party", "wins_phone": "contact"}), form.action, 303)
    for record in (stored(do, "contact", contact.id), stored(do, kind, party.id)):
        assert (record.name, record.phone, record.mobile, record.fax) == ("Party Ltd", "11", "99", "33")
    undo = last_undo(do)
    (button,) = [one for one in page.all("form") if one.get("action") == undo]
    assert button.get("method") == "post"
    way.read(way.post(undo, {"csrf_token": way.csrf_token}), undo, 303)
    assert (stored(do, "contact", contact.id).name, stored(do, kind, party.id).phone) == ("Contact Ltd", "22")
    assert link_count(do) == 0
    assert way.post(undo, {"csrf_token": way.csrf_token}).status_code == 409


@pytest.mark.parametrize("kind", PARTIES)
def test_a_choice_that_is_missing_is_asked_again(do: Do, either: Client, kind: str) -> None:
    """L9: 422 at exactly those fields, with the choices made so far; nothing is written."""
    contact, party = two_that_differ(do, kind)
    url = f"{link_url(contact, kind)}?party_id={party.id}"
    form = either.page(url).form(of="party_id")
    page = either.read(either.send(form, {"wins_name": "party", "wins_mobile": "party"}), form.action, 422)
    again = page.form(of="party_id")
    assert "wins_phone" not in again.values
    assert (again.values["wins_name"], again.values["wins_mobile"]) == (["party"], ["party"])
    assert page.one(role="alert", css="summary").all("a", href="#wins_phone")
    assert link_count(do) == 0 and stored(do, kind, party.id).version == 1


@pytest.mark.parametrize("side", ["contact", "party"])
def test_one_side_for_all(do: Do, client: Client, side: str) -> None:
    """L9: “contact wins”, “customer wins”."""
    contact, party = two_that_differ(do, "customer")
    form = client.page(f"{link_url(contact, 'customer')}?party_id={party.id}").form(of="party_id")
    values = {"csrf_token": form.values["csrf_token"], "party_id": party.id, "wins": side}
    assert client.post(form.action, values).status_code == 303
    won = stored(do, "contact", contact.id)
    assert (won.name, won.phone) == (("Contact Ltd", "11") if side == "contact" else ("Party Ltd", "22"))
    assert do(sync.mismatches) == []


@pytest.mark.parametrize("kind", PARTIES)
def test_the_party_is_found_by_what_is_typed(do: Do, either: Client, kind: str) -> None:
    """The lookup works without JavaScript: what is typed leads to the matches, or to the one with that number."""
    contact, party = two_that_differ(do, kind)
    url = link_url(contact, kind)
    form = either.page(url).form(of="party_id")
    assert form.method == "get"
    found = either.page(f"{url}?party_id=&party_id_text=party")
    assert f"{url}?party_id={party.id}" in found.links
    table = either.page(f"{url}?party_id_text={party.no}")
    assert table.form(of="party_id").values["party_id"] == [str(party.id)]
    assert either.page(f"{url}?party_id_text=nothing").main.all("p")


@pytest.mark.parametrize("kind", PARTIES)
def test_a_party_that_has_a_contact_is_refused_and_names_it(do: Do, either: Client, kind: str) -> None:
    """L1."""
    taken = make(do, factories.make_party, kind, "Taken")
    owner = do(
        lambda session: session.get(
            Contact, records.links_of(session, session.get(MODELS[kind], taken.id))[0].contact_id
        )
    )
    contact = make(do, factories.make_contact, "Late")
    assert_refused(do, either, f"{link_url(contact, kind)}?party_id={taken.id}", owner.no)


def test_a_party_that_does_not_exist_is_asked_again(do: Do, client: Client) -> None:
    contact = make(do, factories.make_contact, "Nord SA")
    for party_id in ("", "999", "abc", "-1", "99999999999999999999"):
        values = {"csrf_token": client.csrf_token, "party_id": party_id}
        response = client.post(link_url(contact, "vendor"), values)
        assert response.status_code in (400, 422), party_id
    assert link_count(do) == 0


# -- unlink (L10) ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PARTIES)
def test_unlinked_cards_keep_their_values_and_it_can_be_undone(do: Do, either: Client, kind: str) -> None:
    """L10: neither follows any more; the page says that a primary contact is cleared."""
    party = make(
        do,
        factories.make_party,
        kind,
        "Apart SA",
        **({"contact_person": "Bo Lind"} if kind != "bank_account" else {}),
    )
    link = do(lambda session: session.scalars(select(Link)).one())
    url = f"/contacts/{link.contact_id}/unlink/{link.id}"
    assert url in either.page(f"/contacts/{link.contact_id}").links
    page = either.read(either.send(either.page(url).form()), url, 303)
    assert party.no in page.text and link_count(do) == 0
    assert getattr(stored(do, kind, party.id), "primary_contact_id", None) is None
    change(do, party, city="Nice")
    assert stored(do, "contact", link.contact_id).city == ""
    assert either.get(url).status_code == 404
    undo = last_undo(do)
    assert either.post(undo, {"csrf_token": either.csrf_token}).status_code == 409
    change(do, party, city="")
    assert do(lambda session: session.query(UndoEntry).count()) == 1


# -- relation codes (L3, L4) -------------------------------------------------------------------------------------


def test_free_codes_are_given_and_taken_away(do: Do, either: Client) -> None:
    """L3: the reserved ones are not offered, and refused when forced."""
    contact = make(do, factories.make_contact, "Nord SA")
    url = f"/contacts/{contact.id}/relations"
    form = either.page(url).form(of="relation_code_id")
    offered = [option.get("value") for option in form.node.all("option")]
    codes = do(lambda session: {code.code: code.id for code in session.scalars(select(RelationCode))})
    assert offered == ["", str(codes["PRESS"])]
    either.read(either.send(form, {"relation_code_id": codes["PRESS"]}), url, 303)
    assert "PRESS" in either.page(f"/contacts/{contact.id}").one(id="relations").text
    for wrong, status in ((codes["PRESS"], 409), (codes["CUST"], 409), ("", 422), ("999", 422)):
        values = {"csrf_token": either.csrf_token, "relation_code_id": wrong}
        assert either.post(url, values).status_code == status, wrong
    link = do(lambda session: session.scalars(select(Link)).one())
    remove = f"/contacts/{contact.id}/unlink/{link.id}"
    either.read(either.send(either.page(remove).form()), remove, 303)
    assert link_count(do) == 0


def test_a_renamed_code_shows_its_new_name(do: Do, client: Client) -> None:
    """L4."""
    family = make(do, factories.make_family)
    do(
        lambda session: setattr(
            session.scalars(select(RelationCode).where(RelationCode.code == "CUST")).one(), "code", "CLIENT"
        )
    )
    assert "CLIENT" in client.page(f"/contacts/{family.contact.id}/relations").main.text
    assert link_count(do) == 4


def test_a_primary_contact_is_chosen_among_the_companys_persons(do: Do, either: Client) -> None:
    """L11: another person is 409 with a sentence; choosing changes no phone."""
    family = make(do, factories.make_family)
    stranger = make(do, factories.make_person, "Bo Stranger")
    url = f"/customers/{family.customer.id}/invoicing/edit"
    form = either.piece(url).form(of="seen")
    values = form.filled({}) | {
        "primary_contact_id": [str(stranger.id)],
        "primary_contact_id_text": [stranger.no],
    }
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"} if either.htmx else {}
    assert either.post(form.action, values, headers=headers).status_code in (409, 422)
    either.submit(url, {"primary_contact_id_text": family.person.no}, of="seen")
    now = stored(do, "customer", family.customer.id)
    assert (now.primary_contact_id, now.phone) == (family.person.id, "04 72 00 00 00")
    assert "Ada Family" in either.page(f"/customers/{family.customer.id}").main.text


def test_everything_answers_a_path_on_this_site(do: Do, client: Client) -> None:
    contact = make(do, factories.make_contact, "Nord SA")
    form = client.page(create_as_url(contact, "vendor")).form(of="once")
    assert local(client.send(form).location).startswith("/vendors/")
