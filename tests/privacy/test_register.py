"""The register of requests through its pages: entering, deadlines, identity, answers, closing (Y-C1 to Y-C7, Y-D1)."""

import re
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import OutboxMessage, PrivacyRequest, TrailEntry
from services import links, records
from services.errors import Refused
from services.privacy import answering, identity, regimes, register, trail
from tests.documents.support import make_issued
from tests.support import factories as make
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.threads import at_once, read

Do = Callable[[Callable[[Session], Any]], Any]
NEW = "/privacy/requests/new"
OFFICER = 3


@pytest.fixture
def officer(app: Flask, clock: Clock) -> Client:
    return Client(app, role="privacy_officer")


@pytest.fixture
def contact(do: Do) -> Any:
    """A contact with a customer, whose address and number were there before the last 14 days."""
    return do(lambda session: make.make_family(session, email="family@example.com").contact)


def enter(client: Client, contact: Any = None, **typed: Any) -> str:
    """Enter a request through the form; returns its address."""
    values = {"kind": "access", "channel": "email", "label": "" if contact else "Marie Côté"}
    values |= {"card_no": contact.no} if contact else {}
    page = client.submit(NEW, values | typed)
    return page.url


def the_request(do: Do, url: str) -> PrivacyRequest:
    return do(lambda session: register.get(session, int(url.rsplit("/", 1)[1])))  # type: ignore[no-any-return]


def step(client: Client, url: str, name: str, status: int = 303, **typed: Any) -> Any:
    """Send the form of a step of a request."""
    page = client.page(url)
    return client.read(client.send(page.form(f"{url}/{name}"), typed), f"{url}/{name}", status)


def later(client: Client, clock: Clock, **by: float) -> None:
    """Some time later, signed in again."""
    clock.move(**by)
    client.sign_in("privacy_officer")


# -- entering ---------------------------------------------------------------------------------------------


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", list(register.KINDS))
def test_y_c1_every_kind_of_request_is_entered(officer: Client, do: Do, contact: Any, kind: str) -> None:
    url = enter(officer, contact, kind=kind, channel="letter", notes="Came with the morning mail")
    found = the_request(do, url)
    assert (found.no, found.kind, found.state) == ("PR-2026-001", kind, "received")
    assert (found.subject_kind, found.subject_id, found.subject_no) == ("contact", contact.id, contact.no)
    assert found.handler_id == OFFICER and found.due_on == date(2026, 7, 15)
    assert [one.action for one in do(lambda session: register.steps(session, found))] == ["received"]
    line = do(lambda session: session.scalars(select(TrailEntry)).one())
    assert (line.action, line.request_no, line.actor_id) == ("request_received", "PR-2026-001", OFFICER)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "typed, field, english, french",
    [
        ({"received_on": "2026-06-16"}, "received_on", "not come yet", "pas encore venu"),
        ({"received_on": ""}, "received_on", "Enter the day", "Saisissez le jour"),
        ({"received_on": "2021-06-14"}, "confirm_old", "five years ago", "cinq ans"),
        ({"label": ""}, "label", "number of the card", "numéro de la fiche"),
        ({"card_no": "CT999999"}, "card_no", "no card with this number", "Aucune fiche"),
        ({"label": "x" * 101}, "label", "Shorten", "Raccourcissez"),
    ],
)
def test_y_c1_what_cannot_be_right_is_said_beside_the_field(
    app: Flask, clock: Clock, language: str, typed: dict[str, str], field: str, english: str, french: str
) -> None:
    """422, and everything that was typed is still there."""
    client = Client(app, role="privacy_officer", language=language)
    values = {"kind": "erasure", "channel": "phone", "label": "Marie Côté", "notes": "At the counter"} | typed
    page = client.submit(NEW, values, 422)
    assert (english if language == "en" else french) in page.errors[field]
    assert page.form().values["notes"] == ["At the counter"]
    assert page.form().values["kind"] == ["erasure"]


def test_y_c1_a_day_long_ago_is_taken_once_it_is_confirmed(officer: Client, do: Do) -> None:
    typed = {"kind": "access", "channel": "email", "label": "Marie", "received_on": "2020-06-01"}
    page = officer.submit(NEW, typed, 422)
    done = officer.read(officer.send(page.form(), {"confirm_old": True}), NEW, 303)
    found = the_request(do, done.url)
    assert found.received_on == date(2020, 6, 1) and found.no == "PR-2020-001"


def test_a_request_begun_on_a_card_knows_its_number(officer: Client, contact: Any) -> None:
    """Y-C1: and an id that is none is no card."""
    page = officer.page(f"{NEW}?kind=contact&card={contact.id}")
    assert page.form().values["card_no"] == [contact.no]
    for wrong in ("kind=contact&card=999", "kind=user&card=1", "card=1"):
        assert officer.page(f"{NEW}?{wrong}").form().values["card_no"] == [""]


def test_y_c1_forged_choices_are_refused(officer: Client) -> None:
    for name in ("kind", "channel", "regime", "language", "handler_id"):
        form = officer.page(NEW).form()
        values = form.filled({"label": "Marie"}) | {name: ["2" if name == "handler_id" else "other"]}
        assert officer.post(NEW, values).status_code == 422, name


@pytest.mark.both_databases
def test_numbers_follow_each_other_whoever_enters_at_the_same_moment(app: Flask) -> None:
    """Y-C1: requests opened from several cards at once."""
    with app.app_context():
        pass

    def open_one(session: Session) -> str:
        card = make.make_contact(session, "Ada")
        return register.open_for_card(session, card, "access", by=OFFICER).no

    numbers = at_once(app, [open_one] * 4)
    assert sorted(map(str, numbers)) == [f"PR-{numbers[0][3:7]}-{place:03}" for place in range(1, 5)]
    assert read(app, trail.verify) == []


def test_numbers_go_on_after_999(session: Session) -> None:
    for no in ("PR-2026-998", "PR-2026-999", "PR-2026-1000"):
        session.add(
            PrivacyRequest(
                no=no, kind="access", regime="QC", received_on=date(2026, 1, 1), due_on=date(2026, 2, 1)
            )
        )
    session.flush()
    assert register.next_no(session, date(2026, 5, 1)) == "PR-2026-1001"
    assert register.next_no(session, date(2027, 5, 1)) == "PR-2027-001"


def test_an_action_on_a_card_opens_a_request_or_takes_the_open_one(session: Session) -> None:
    contact, other = make.make_contact(session, "Ada"), make.make_contact(session, "Ben")
    first = register.open_for_card(session, contact, "erasure", by=2)
    assert register.open_for_card(session, contact, "erasure", by=2) is first
    assert register.open_for_card(session, contact, "access", by=2) is not first
    assert register.open_for_card(session, other, "erasure", by=2) is not first
    assert (first.channel, first.subject_label) == ("card", "Ada")


# -- lists ------------------------------------------------------------------------------------------------


def test_y_c4_what_is_due_and_late_is_counted_listed_and_told_at_home(
    app: Flask, officer: Client, do: Do, clock: Clock
) -> None:
    """U-X21: amber within seven days, red afterwards, in words as well; only for the privacy officer."""
    url = enter(officer)

    def told() -> tuple[str, str]:
        home = officer.page("/")
        tiles = {
            tile.text: tile.attrs["class"]
            for tile in home.all("a")
            if "tile" in (tile.attrs.get("class") or "")
        }
        soon = next(text for text in tiles if "due within 7 days" in text)
        late = next(text for text in tiles if "requests late" in text)
        return (tiles[soon] if soon.startswith("1") else "", tiles[late] if late.startswith("1") else "")

    assert told() == ("", "")
    later(officer, clock, days=23)
    assert told() == ("tile warn", "")
    assert "due in 7 days" in officer.page("/privacy/requests?view=soon").text
    later(officer, clock, days=7)
    assert "due today" in officer.page(url).text
    later(officer, clock, days=1)
    assert told() == ("", "tile bad")
    page = officer.page("/privacy/requests?view=late")
    assert "late by 1 day" in page.text and "PR-2026-001" in page.text
    assert "deemed to have been refused" in officer.page(url).text
    assert "privacy" not in Client(app, role="clerk").page("/").main.text.lower()


def test_the_register_is_filtered_and_turned_over(app: Flask, officer: Client, do: Do) -> None:
    def fill(session: Session) -> None:
        for number in range(60):
            contact = make.make_contact(session, f"Person {number}")
            register.open_for_card(session, contact, "erasure" if number % 2 else "access", by=OFFICER)

    do(fill)
    page = officer.page("/privacy/requests")
    assert shown(page)[:2] == ["PR-2026-060", "PR-2026-059"] and len(shown(page)) == 50
    rest = officer.page(next(link for link in page.links if "after=" in link))
    assert len(shown(rest)) == 10
    assert len(shown(officer.page("/privacy/requests?kind=erasure&view=open&handler=3"))) == 30
    assert shown(officer.page("/privacy/requests?view=late")) == []
    htmx = Client(app, role="privacy_officer", htmx=True)
    assert len(shown(htmx.fragment("/privacy/requests?kind=access"))) == 30
    for wrong in ("view=all", "kind=other", "handler=x"):
        assert officer.get(f"/privacy/requests?{wrong}").status_code == 400


def shown(page: Any) -> list[str]:
    """The numbers of the requests on a page, in order."""
    rows = [row for row in page.all("tr") if (row.attrs.get("id") or "").startswith("request-")]
    return [re.findall(r"PR-\d{4}-\d+", row.text)[0] for row in rows]


def test_the_register_is_taken_away_as_a_workbook(officer: Client, do: Do, contact: Any) -> None:
    enter(officer, contact, notes="Not in the file")
    enter(officer, label="=1+1")
    answer = officer.get("/privacy/requests.xlsx")
    assert re.search(r"filename=carnet-requests-2026-06-15\.xlsx", answer.headers["Content-Disposition"])
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert [row[0] for row in rows] == ["No.", "PR-2026-001", "PR-2026-002"]
    assert "=1+1" in rows[2] and contact.name in rows[1]
    actions = do(lambda session: session.scalars(select(TrailEntry.action)).all())
    assert actions[-1] == "register_exported"


def test_only_the_privacy_officer_has_the_register(app: Flask, officer: Client) -> None:
    """R-PERM-1: not even an administrator, unless named."""
    url = enter(officer)
    for role in ("admin", "clerk", "reader"):
        client = Client(app, role=role)
        for page in ("/privacy/requests", NEW, url, f"{url}/letter", f"{url}/edit", "/privacy/requests.xlsx"):
            assert client.get(page).status_code == 403, (role, page)
        for name in ("identity", "code", "code/check", "begin", "extend", "answer", "close", "edit"):
            sent = client.post(f"{url}/{name}", {"csrf_token": client.csrf_token})
            assert sent.status_code == 403, (role, name)
        assert "/privacy/requests" not in client.page("/").links


# -- identity ---------------------------------------------------------------------------------------------


@pytest.mark.both_databases
@pytest.mark.parametrize("language", ["en", "fr"])
def test_y_d1_a_code_goes_to_an_address_on_file_and_confirms_the_person(
    app: Flask, clock: Clock, do: Do, contact: Any, language: str
) -> None:
    """The message names nobody; the code is stored as a hash and nowhere else."""
    client = Client(app, role="privacy_officer", language=language)
    url = enter(client, contact, language="fr")
    later(client, clock, days=15)
    step(client, url, "code", address=contact.email)
    message, to = do(_only_message)
    assert (message.kind, message.subject, to) == ("privacy", "Demande PR-2026-001", [contact.email])
    code = re.findall(r"^\d{8}$", message.body, re.MULTILINE)[0]
    assert contact.name not in message.body
    request = the_request(do, url)
    assert code not in request.code_hash and len(request.code_hash) == 64
    step(client, url, "code/check", 422, code="00000000" if code != "00000000" else "1")
    step(client, url, "code/check", code=f"{code[:4]} {code[4:]}")
    request = the_request(do, url)
    assert (request.state, request.identity_method, request.identity_by) == ("verified", "code", OFFICER)
    assert request.identity_on == date(2026, 6, 30)
    assert request.code_hash == ""


def test_y_d1_a_code_has_five_tries_and_a_day(officer: Client, do: Do, contact: Any, clock: Clock) -> None:
    """The tries count although the answer is a refusal; afterwards even the right code is none."""
    url = enter(officer, contact)
    later(officer, clock, days=15)
    step(officer, url, "code", address=contact.email)
    code = re.findall(r"^\d{8}$", _last_body(do), re.MULTILINE)[0]
    wrong = "12345678" if code != "12345678" else "87654321"
    for _ in range(4):
        assert "not the code" in step(officer, url, "code/check", 422, code=wrong).errors["code"]
    form = officer.page(url).form(f"{url}/code/check")
    assert "last try" in officer.read(officer.send(form, {"code": wrong}), url, 409).text
    assert officer.send(form, {"code": code}).status_code == 409
    step(officer, url, "code", address=contact.email)
    code = re.findall(r"^\d{8}$", _last_body(do), re.MULTILINE)[0]
    form = officer.page(url).form(f"{url}/code/check")
    later(officer, clock, hours=25)
    values = form.filled({"code": code}) | {"csrf_token": officer.csrf_token}
    assert officer.post(f"{url}/code/check", values).status_code == 409
    assert the_request(do, url).state == "received"


def _only_message(session: Session) -> tuple[OutboxMessage, list[str]]:
    message = session.scalars(select(OutboxMessage)).one()
    return message, [one.email for one in message.recipients]


def _last_body(do: Do) -> str:
    query = select(OutboxMessage.body).order_by(OutboxMessage.id.desc()).limit(1)
    return str(do(lambda session: session.scalar(query)))


def test_y_d1_no_code_goes_to_an_address_that_is_not_on_file(officer: Client, do: Do, contact: Any) -> None:
    url = enter(officer, contact)
    values = officer.page(url).form(f"{url}/code").filled({}) | {"address": ["other@example.com"]}
    assert officer.post(f"{url}/code", values).status_code == 422
    assert do(lambda session: session.scalars(select(OutboxMessage)).all()) == []


@pytest.mark.parametrize("method, name", [("code", "email"), ("call_back", "phone")])
def test_y_d1_what_was_changed_within_14_days_needs_a_second_look(
    officer: Client, do: Do, contact: Any, clock: Clock, method: str, name: str
) -> None:
    """Whoever can have an address changed could also ask for the data."""
    value = {"email": "new@example.com", "phone": "514 555-0177"}[name]
    later(officer, clock, days=20)
    do(lambda session: records.save(session, session.merge(contact), {name: value}, by=2))
    later(officer, clock, days=13)
    url = enter(officer, contact)
    form, typed = ("code", {"address": value}) if method == "code" else ("identity", {"method": method})
    page = step(officer, url, form, 422, **typed)
    assert "14 days" in page.errors["second_look"]
    step(officer, url, form, second_look=True, **typed)
    later(officer, clock, days=2)
    again = enter(officer, contact, kind="erasure")
    step(officer, again, form, **typed)


@pytest.mark.parametrize("method", ["known", "call_back", "document"])
def test_y_d1_method_day_and_user_of_the_check_are_kept(
    officer: Client, do: Do, contact: Any, method: str
) -> None:
    url = enter(officer, contact)
    step(officer, url, "identity", 422)
    step(officer, url, "identity", method=method)
    found = the_request(do, url)
    assert (found.identity_method, found.identity_on, found.identity_by) == (
        method,
        date(2026, 6, 15),
        OFFICER,
    )
    page = officer.page(url)
    assert "Odile Officer" in page.text and str(identity.METHODS[method]) in page.text
    values = {"method": method, "csrf_token": officer.csrf_token}
    assert officer.post(f"{url}/identity", values).status_code == 409


def test_an_objection_can_be_answered_to_whoever_asks(officer: Client, do: Do, contact: Any) -> None:
    """Y-D1: the check may be left out where nobody learns or loses anything, and only there."""
    step(officer, enter(officer, contact, kind="objection"), "identity", method="not_needed")
    url = enter(officer, contact, kind="erasure")
    values = officer.page(url).form(f"{url}/identity").filled({}) | {"method": ["not_needed"]}
    assert officer.post(f"{url}/identity", values).status_code == 422


# -- states -----------------------------------------------------------------------------------------------

MOVES: dict[str, Callable[[Session, PrivacyRequest], object]] = {
    "verified": lambda session, one: identity.record(session, one, "known", by=OFFICER),
    "in_progress": lambda session, one: answering.begin(session, one, by=OFFICER),
    "answered": lambda session, one: answering.answer(session, one, "granted", [], by=OFFICER),
    "closed": lambda session, one: answering.close(session, one, by=OFFICER),
}
ORDER = ["received", *MOVES]


@pytest.mark.parametrize("begin", ORDER)
@pytest.mark.parametrize("move", list(MOVES))
def test_y_c5_no_state_is_skipped_or_taken_back(session: Session, begin: str, move: str) -> None:
    """Every move from every state: one leads on, the others are refused with 409 and change nothing."""
    contact = make.make_contact(session, "Ada")
    request = register.open_for_card(session, contact, "access", by=OFFICER)
    for name in ORDER[1 : ORDER.index(begin) + 1]:
        MOVES[name](session, request)
    assert request.state == begin
    if ORDER.index(move) == ORDER.index(begin) + 1:
        MOVES[move](session, request)
        assert request.state == move
    else:
        with pytest.raises(Refused) as refusal:
            MOVES[move](session, request)
        assert refusal.value.status == 409 and request.state == begin


@pytest.mark.parametrize(
    "regime, authority", [("QC", "cai.gouv.qc.ca"), ("CA", "priv.gc.ca"), ("EU", "cnil.fr")]
)
def test_y_c5_a_refusal_has_reasons_and_says_where_to_complain(
    officer: Client, do: Do, contact: Any, regime: str, authority: str
) -> None:
    """An erasure that invoices stand against ends “partly”; the letter is in the person's language."""
    url = enter(officer, contact, kind="erasure", regime=regime, language="fr")
    step(officer, url, "identity", method="known")
    step(officer, url, "begin")
    page = step(officer, url, "answer", 422, outcome="partly")
    assert "at least one reason" in page.text
    assert page.form(f"{url}/answer").values["outcome"] == ["partly"]
    step(officer, url, "answer", 422, outcome="granted", reasons=["accounting"])
    step(officer, url, "answer", outcome="partly", reasons=["accounting"])
    page = officer.page(url)
    assert authority in page.text and str(regimes.REASONS["accounting"].sentence) in page.text
    letter = officer.page(f"{url}/letter").one("textarea").text
    assert authority in letter and "conserver les factures" in letter and "PR-2026-001" in letter
    law = {"QC": "A-6.002, art. 35.1", "CA": "LIR, par. 230(4)", "EU": "RGPD, art. 17(3)(b)"}[regime]
    assert law in letter
    step(officer, url, "close")
    found = the_request(do, url)
    assert (found.state, found.outcome, found.reasons) == ("closed", "partly", ["accounting"])
    assert officer.page(f"{url}/edit").all("form", method="post", action=f"{url}/edit") == []


@pytest.mark.both_databases
def test_an_erasure_that_invoices_stand_against_ends_partly_with_its_letter(app: Flask, do: Do) -> None:
    """Y-C5: from the request to the erasure and back; the reasons are in the letter, the proof is attached."""
    officer = Client(app, role="privacy_officer")
    customer = do(lambda session: make.make_customer(session, "Invoiced Ltd"))
    do(lambda session: make_issued(session, "invoice", session.merge(customer)))
    url = enter(officer, customer, kind="erasure", regime="QC", language="fr")
    step(officer, url, "identity", method="known")
    erase = next(link for link in officer.page(url).links if "/privacy/erase" in link)
    form = officer.page(erase).form()
    values = form.filled({"confirm": customer.no}, button="action") | {"action": ["reduce"]}
    assert officer.post(form.action or erase, values).status_code == 303
    found = the_request(do, url)
    assert (found.state, found.outcome, found.reasons) == ("answered", "partly", ["accounting"])
    letter = officer.page(f"{url}/letter").one("textarea").text
    assert "conserver les factures" in letter and "cai.gouv.qc.ca" in letter and "Invoiced" not in letter
    page = step(officer, url, "close")
    assert "Data erased: erasure 1" in page.text and "/privacy/erasures/1" in page.links
    assert do(trail.verify) == []


def test_y_d1_access_and_erasure_are_not_answered_or_closed_without_identity(
    officer: Client, do: Do, contact: Any
) -> None:
    """Only that nobody could be identified can be answered before."""
    for kind in ("access", "erasure"):
        url = enter(officer, contact, kind=kind)
        for name, typed in (("answer", {"outcome": "granted"}), ("close", {}), ("begin", {})):
            sent = officer.post(f"{url}/{name}", typed | {"csrf_token": officer.csrf_token})
            assert sent.status_code == 409, (kind, name)
        refused: dict[str, Any] = {"outcome": "refused", "reasons": ["identity", "claims"]}
        token = {"csrf_token": officer.csrf_token}
        assert officer.post(f"{url}/answer", refused | token).status_code == 409
        step(officer, url, "answer")
        step(officer, url, "close")
        assert the_request(do, url).identity_on is None


def test_y_c2_extension_needs_a_reason_and_comes_before_the_deadline(
    officer: Client, do: Do, contact: Any, clock: Clock
) -> None:
    url = enter(officer, contact, regime="CA")
    assert "Enter the reason" in step(officer, url, "extend", 422, reason=" ").errors["reason"]
    form = officer.page(url).form(f"{url}/extend")
    step(officer, url, "extend", reason="Three offices must be asked")
    found = the_request(do, url)
    assert (found.due_on, found.extended_on) == (date(2026, 8, 14), date(2026, 6, 15))
    assert "Three offices must be asked" in officer.page(f"{url}/letter").text
    assert officer.send(form, {"reason": "Again"}).status_code == 422
    quebec, late = enter(officer, contact, regime="QC"), enter(officer, contact, regime="EU")
    later(officer, clock, days=31)
    for address, sentence in ((quebec, "knows no extension"), (late, "deadline is over")):
        sent = officer.post(f"{address}/extend", {"reason": "Many files", "csrf_token": officer.csrf_token})
        assert sent.status_code == 422 and sentence in sent.get_data(as_text=True)


def test_y_c7_the_same_again_is_said_and_goes_through_the_same_steps(
    officer: Client, do: Do, contact: Any, clock: Clock
) -> None:
    first = enter(officer, contact)
    step(officer, first, "identity", method="known")
    later(officer, clock, days=300)
    again, other = enter(officer, contact), enter(officer, contact, kind="erasure")
    assert the_request(do, again).repeat_of_id == the_request(do, first).id
    assert the_request(do, other).repeat_of_id is None
    assert "within the last twelve months" in officer.page(again).text
    sent = officer.post(f"{again}/answer", {"outcome": "granted", "csrf_token": officer.csrf_token})
    assert sent.status_code == 409
    step(officer, again, "identity", method="known")
    later(officer, clock, days=400)
    assert the_request(do, enter(officer, contact)).repeat_of_id is None


def test_y_c7_a_repeat_is_seen_from_any_card_of_the_person(session: Session) -> None:
    """A person of a company asks for themselves."""
    family = make.make_family(session)
    first = register.open_for_card(session, family.contact, "access", by=OFFICER)
    assert register.open_for_card(session, family.customer, "access", by=OFFICER).repeat_of_id == first.id
    assert register.open_for_card(session, family.person, "access", by=OFFICER).repeat_of_id is None
    unknown = {"channel": "phone", "received_on": date(2026, 6, 1), "language": "en", "by": OFFICER}
    second = register.add(session, "access", label="Marie Côté", **unknown)  # type: ignore[arg-type]
    assert register.add(session, "access", label="marie côté", **unknown).repeat_of_id == second.id  # type: ignore[arg-type]


def test_y_d1_nobody_is_called_back_without_a_number_on_file(officer: Client, do: Do) -> None:
    person = do(lambda session: make.make_contact(session, "Ada"))
    page = step(officer, enter(officer, person), "identity", 422, method="call_back")
    assert "no phone number on file" in page.text


def test_an_action_with_its_proof_puts_the_request_in_progress(officer: Client, do: Do, contact: Any) -> None:
    """Y-C1: what the action proves stands among the steps; before the check the state stays."""
    url = enter(officer, contact)
    request_id = the_request(do, url).id

    def exported(session: Session) -> str:
        found = register.get(session, request_id)
        register.step(session, found, "exported", by=OFFICER, proof_kind="export", proof="12")
        return found.state

    assert do(exported) == "received"
    step(officer, url, "identity", method="known")
    assert do(exported) == "in_progress"
    assert "Data exported: export 12" in officer.page(url).text


def test_the_person_of_a_request_is_corrected_until_the_identity_is_checked(
    officer: Client, do: Do, contact: Any
) -> None:
    """Y-C1: a person who was not found yet; the check of one person says nothing about another."""
    url = enter(officer)
    officer.submit(f"{url}/edit", {"card_no": contact.no, "handler_id": ""})
    found = the_request(do, url)
    assert (found.subject_id, found.subject_label, found.handler_id) == (contact.id, contact.name, None)
    step(officer, url, "identity", method="known")
    other = do(lambda session: make.make_contact(session, "Other"))
    page = officer.submit(f"{url}/edit", {"card_no": other.no}, 422)
    assert "another person" in page.errors["card_no"]


def test_of_an_erased_person_a_request_keeps_the_number_of_the_card_alone(
    officer: Client, do: Do, contact: Any
) -> None:
    """Y-C1: the list, the page, the letter and the file still open, and name nobody."""
    url, unknown = enter(officer, contact), enter(officer)

    def erase(session: Session) -> None:
        for address in (url, unknown):
            found = register.get(session, int(address.rsplit("/", 1)[1]))
            found.subject_label = found.notes = ""
        found.subject_id = None
        register.get(session, int(url.rsplit("/", 1)[1])).subject_id = 9999

    do(erase)
    officer.submit(f"{url}/edit", {"handler_id": ""})
    assert the_request(do, url).subject_no == contact.no
    assert contact.no in officer.page("/privacy/requests").text
    assert "not there any more" in officer.page(url).text
    assert "(erased)" in officer.page(unknown).text
    assert contact.name not in officer.page(url).text + officer.page(f"{url}/letter").text
    assert officer.get("/privacy/requests.xlsx").status_code == 200


def test_y_d1_the_addresses_of_a_company_are_not_those_of_its_persons(session: Session) -> None:
    """Y-D1: nor those of the cards that a person has beside their own."""
    family = make.make_family(session, email="office@family.example")
    person = make.make_person(session, "Eve Family", email="eve@family.example")
    links.create_as(session, person, "customer", by=make.BY)
    records.save(session, person, {"company_id": family.contact.id}, by=make.BY)
    session.flush()
    asked = register.open_for_card(session, family.contact, "access", by=make.BY)
    assert {one.value for one in identity.channels(session, asked) if one.kind == "email"} == {
        "office@family.example"
    }
    own = register.open_for_card(session, person, "access", by=make.BY)
    assert {one.value for one in identity.channels(session, own) if one.kind == "email"} == {
        "eve@family.example"
    }
