"""What becomes of a message, with a mail server that answers in every way there is."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models import OutboxMessage
from services import datadir
from services.mail import sending
from services.privacy import blocks
from tests.documents.support import make_document
from tests.mail.support import MailServer, Office, SilentServer, free_port
from tests.support.clock import Clock
from tests.support.factories import BY, make_family
from tests.support.threads import write

MINUTE = timedelta(minutes=1)


@pytest.mark.both_databases
def test_a_message_is_sent_once(office: Office, mail_server: MailServer) -> None:
    """R-MAIL-5: without a crash and without a lost connection there is one delivery."""
    id = office.post(cc=["bo@example.com"], bcc=["books@example.com"])
    assert office.send() == 1
    assert office.send() == 0
    (delivery,) = mail_server.received
    assert (delivery.sender, delivery.recipients) == (
        "office@example.com",
        ["ada@example.com", "bo@example.com", "books@example.com"],
    )
    found = office.look(id)
    assert (found["state"], found["twice"], set(found["recipients"].values())) == ("sent", False, {"sent"})
    assert found["answers"]["ada@example.com"] == MailServer.OK
    assert delivery.mail["Message-ID"] == found["message_id"]


def test_r_mail_4_what_is_refused_for_now_is_tried_after_1_2_4_and_at_most_60_minutes(
    office: Office, mail_server: MailServer, clock: Clock
) -> None:
    """R-MAIL-3, R-MAIL-4: always with the same Message-ID, for three days; then it has failed."""
    id = office.post()
    mail_server.recipients["ada@example.com"] = "450 4.2.1 mailbox busy"
    waits = []
    for _turn in range(9):
        assert office.send() == 1
        found = office.look(id)
        waits.append((found["next_at"] - clock()) / MINUTE)
        clock.moment = found["next_at"] - timedelta(seconds=1)
        assert office.send() == 0
        clock.moment = found["next_at"]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert (found["state"], found["recipients"]["ada@example.com"]) == ("waiting", "waiting")
    assert found["answers"]["ada@example.com"] == "450 4.2.1 mailbox busy"
    clock.moment += timedelta(hours=72)
    assert office.send() == 1
    found = office.look(id)
    assert (found["state"], found["recipients"]["ada@example.com"]) == ("failed", "failed")
    clock.moment += timedelta(days=400)
    assert office.send() == 0
    assert mail_server.received == []


def test_r_mail_4_what_is_refused_for_good_has_failed_at_once_for_that_address_only(
    office: Office, mail_server: MailServer, clock: Clock
) -> None:
    """R-MAIL-4: the others have it; those who were refused for now get it later, and nobody gets it twice."""
    id = office.post(to=["ada@example.com", "bo@example.com"], cc=["cy@example.com"])
    mail_server.recipients |= {"bo@example.com": "550 5.1.1 no such user", "cy@example.com": "451 later"}
    office.send()
    found = office.look(id)
    assert found["recipients"] == {
        "ada@example.com": "sent", "bo@example.com": "failed", "cy@example.com": "waiting",
    }  # fmt: skip
    assert (found["state"], found["answers"]["bo@example.com"]) == ("waiting", "550 5.1.1 no such user")
    mail_server.recipients.clear()
    mail_server.asked.clear()
    clock.moment += MINUTE
    office.send()
    assert mail_server.asked == ["cy@example.com"]
    assert [delivery.recipients for delivery in mail_server.received] == [
        ["ada@example.com"],
        ["cy@example.com"],
    ]
    assert office.look(id)["state"] == "partly"


@pytest.mark.parametrize(
    ("answer", "state", "deliveries"),
    [
        ("554 5.7.1 spam", "failed", 0),
        ("451 4.3.0 disk full", "waiting", 0),
        (MailServer.OK, "sent", 1),
    ],
)
def test_r_mail_4_the_answer_to_the_whole_message_counts_for_everybody(
    office: Office, mail_server: MailServer, answer: str, state: str, deliveries: int
) -> None:
    id = office.post(to=["ada@example.com", "bo@example.com"])
    mail_server.bodies = [answer]
    office.send()
    found = office.look(id)
    assert (found["state"], set(found["recipients"].values())) == (state, {state})
    assert set(found["answers"].values()) == {answer}
    assert len(mail_server.received) == deliveries


@pytest.mark.parametrize(
    ("answer", "state"), [("550 5.7.1 not you", "failed"), ("450 4.7.1 greylisted", "waiting")]
)
def test_r_mail_4_a_refused_sender_is_everybodys_refusal(
    office: Office, mail_server: MailServer, answer: str, state: str
) -> None:
    id = office.post()
    mail_server.sender_answer = answer
    office.send()
    found = office.look(id)
    assert (found["state"], found["recipients"]) == (state, {"ada@example.com": state})
    assert answer in found["conversation"]


def test_r_mail_5_a_connection_lost_after_the_last_dot_makes_one_repeat_and_says_so(
    office: Office, mail_server: MailServer, clock: Clock
) -> None:
    """R-MAIL-5: the same Message-ID, marked, and never a third time."""
    id = office.post()
    mail_server.bodies = [MailServer.KEEP_AND_DROP]
    office.send()
    found = office.look(id)
    assert (found["state"], found["twice"], found["problem"]) == ("waiting", True, "lost")
    clock.moment += MINUTE
    office.send()
    found = office.look(id)
    assert (found["state"], found["twice"]) == ("sent", True)
    assert [delivery.mail["Message-ID"] for delivery in mail_server.received] == [found["message_id"]] * 2

    second = office.post()
    mail_server.bodies = [MailServer.KEEP_AND_DROP, MailServer.DROP, MailServer.OK]
    for _turn in range(4):
        office.send()
        clock.moment += timedelta(hours=2)
    found = office.look(second)
    assert (found["state"], found["recipients"]) == ("failed", {"ada@example.com": "unclear"})
    assert len(mail_server.received) == 3


def test_r_mail_4_a_server_that_is_not_there_is_asked_again(office: Office, clock: Clock) -> None:
    port = free_port()
    office.uses(port)
    id = office.post()
    office.send()
    found = office.look(id)
    assert (found["state"], found["problem"], found["twice"]) == ("waiting", "refused", False)
    clock.moment += MINUTE
    with MailServer(port=port) as server:
        office.send()
        assert len(server.received) == 1
    assert office.look(id)["state"] == "sent"


def test_r_mail_2_a_silent_server_has_its_time_and_no_more(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-MAIL-2: each step ends; the message reached nobody, and is not marked."""
    monkeypatch.setattr("services.mail.conversation.STEP_SECONDS", 0.3)
    with SilentServer() as silent:
        office.uses(silent.port)
        id = office.post()
        office.send()
    found = office.look(id)
    assert (found["state"], found["problem"], found["twice"]) == ("waiting", "timeout", False)


def test_r_mail_5_silence_after_the_last_dot_is_unclear(
    office: Office, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.mail.conversation.LAST_SECONDS", 0.3)
    id = office.post()
    mail_server.bodies = [MailServer.SILENT]
    office.send()
    found = office.look(id)
    assert (found["state"], found["twice"]) == ("waiting", True)


@pytest.mark.both_databases
def test_r_mail_5_what_was_cut_off_is_told_apart_by_what_was_written_before(
    office: Office, mail_server: MailServer
) -> None:
    """R-MAIL-5: killed before the message was given, it is sent as if nothing had been; after it, it is marked."""
    before, after = office.post(), office.post(to=["ada@example.com", "bo@example.com"])

    def cut_off(session: object) -> None:
        for id, states in ((before, ["waiting"]), (after, ["handed", "sent"])):
            message = session.get_one(OutboxMessage, id)  # type: ignore[attr-defined]
            message.state = "sending"
            for one, state in zip(message.recipients, states, strict=True):
                one.state = state

    write(office.app, cut_off)
    assert office.send() == 0
    write(office.app, sending.recover)
    assert (office.look(before)["twice"], office.look(after)["twice"]) == (False, True)
    office.send()
    assert [office.look(id)["state"] for id in (before, after)] == ["sent", "sent"]
    assert mail_server.asked == ["ada@example.com", "ada@example.com"]


def test_r_time_2_a_clock_that_jumps_delays_no_message(
    office: Office, mail_server: MailServer, clock: Clock
) -> None:
    """R-TIME-2: a next attempt in 2031 is one that is due now; a jump ahead gives nothing up untried."""
    first = office.post()
    clock.moment += timedelta(days=4 * 365)
    mail_server.recipients["ada@example.com"] = "450 busy"
    second = office.post()
    office.send()
    clock.moment -= timedelta(days=4 * 365)
    mail_server.recipients.clear()
    assert office.send() == 2
    assert {office.look(id)["state"] for id in (first, second)} == {"sent"}


def test_without_a_server_or_a_sender_everything_waits(office: Office, mail_server: MailServer) -> None:
    office.uses(mail_server.port, host="")
    id = office.post()
    assert office.send() == 0
    assert (office.look(id)["state"], office.look(id)["attempts"]) == ("waiting", 0)
    office.uses(mail_server.port, sender_email="")
    assert office.send() == 0
    office.uses(mail_server.port)
    assert office.send() == 1
    assert office.look(id)["state"] == "sent"


def test_a_message_is_not_sent_when_it_is_of_no_use_any_more(office: Office, clock: Clock) -> None:
    id = office.post(good_until=clock() + 30 * MINUTE)
    clock.moment += 31 * MINUTE
    office.send()
    found = office.look(id)
    assert (found["state"], found["problem"], found["attempts"]) == ("failed", "too_late", 0)


def test_y_h8_what_waits_for_a_person_who_is_blocked_meanwhile_is_not_sent(
    office: Office, mail_server: MailServer, app: Flask
) -> None:
    """Y-H8: from a card and with a document; the privacy desk itself still answers the person."""

    def fill(session: Session) -> tuple[int, int, int]:
        family = make_family(session)
        quote = make_document(session, "quote", family.customer)
        blocks.add(session, family.contact, "request", by=BY)
        return family.contact.id, family.customer.id, quote.id

    contact_id, customer_id, quote_id = write(app, fill)
    stopped = [
        office.post(kind="card", contact_id=contact_id),
        office.post(kind="card", about=("customer", customer_id)),
        office.post(kind="document", about=("quote", quote_id)),
    ]
    answer = office.post(kind="privacy", about=("contact", contact_id), contact_id=contact_id)
    office.send()
    for id in stopped:
        found = office.look(id)
        assert (found["state"], found["problem"], found["attempts"]) == ("failed", "blocked", 0)
    assert office.look(answer)["state"] == "sent" and len(mail_server.received) == 1


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_the_conversation_is_kept_without_secrets(office: Office, bare_app: Flask) -> None:
    """R-SEC-2, R-LOG-1: neither the password nor the message stand in it."""
    data = bare_app.config["CARNET"].data
    for right in (True, False):
        with MailServer(password="open-sesame") as server:
            office.uses(server.port, username="carnet")
            secret = "open-sesame" if right else "wrong-sesame"
            file = datadir.mail_password(data)
            file.write_text(secret + "\n")
            id = office.post(text="A private word.")
            office.send()
            found = office.look(id)
            assert found["state"] == ("sent" if right else "waiting"), found
            assert found["problem"] == "" if right else found["problem"].startswith("login 535")
            said = found["conversation"]
            assert "EHLO" in said.upper() and "→ AUTH" in said.upper()
            for hidden in ("sesame", "b3Blbi1zZXNhbWU", "AGNhcm5ldAA", "private"):
                assert hidden not in said
            file.unlink()
