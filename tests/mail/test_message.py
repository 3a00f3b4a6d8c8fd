"""The message that a real mail server receives (R-MAIL-7)."""

import re
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import getaddresses, parsedate_to_datetime

import pytest

from services.mail.letters import Address, Attachment
from tests.mail.support import MailServer, Office

NAMES = [
    "Ada Lovelace",
    "Lévesque, Benoît (Élan)",
    'Quo"ted \\ Name',
    "O'Brien <not an address@example.com>",
    "Ω" * 100,
    "שלום עולם",
    "名前株式会社",
    "a, b; c: d@e",
]
BODY = "Bonjour Zoé,\n\n.\n..two\n.dots\nFrom here\n" + "x" * 3000 + "\n" + "é" * 3000 + "\nEnd.\n\n.\n"


def addresses(content: bytes, field: str) -> list[tuple[str, str]]:
    """Names and addresses of a header, read as mail programs do: split first, then decoded."""
    raw = message_from_bytes(content, policy=policy.compat32)[field]
    return [(str(make_header(decode_header(name))), email) for name, email in getaddresses([raw])]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_r_mail_7_the_envelope_is_to_and_cc_and_the_hidden_copies(
    office: Office, mail_server: MailServer, name: str
) -> None:
    """R-MAIL-7: names come out as they went in and never become an address; a bcc is nowhere to be seen."""
    office.post(
        to=[Address("ada@example.com", name)],
        cc=[Address("bo@example.com", name), "cy@example.com"],
        bcc=["books@example.com"],
        subject=f"Devis n° 7: {name[:60]}",
    )
    office.send()
    (delivery,) = mail_server.received
    mail = delivery.mail
    shown = [pair for field in ("To", "Cc") for pair in addresses(delivery.content, field)]
    assert shown == [(name, "ada@example.com"), (name, "bo@example.com"), ("", "cy@example.com")]
    assert delivery.recipients == ["ada@example.com", "bo@example.com", "cy@example.com", "books@example.com"]
    assert mail["Subject"] == f"Devis n° 7: {name[:60]}"
    assert str(mail["From"]) == "Office <office@example.com>"
    assert b"books@example.com" not in delivery.content and mail["Bcc"] is None
    assert parsedate_to_datetime(mail["Date"]).utcoffset() is not None
    assert not mail.defects and not any(mail[field].defects for field in ("To", "Cc", "Subject"))


def test_r_mail_7_lines_are_short_and_dots_arrive_as_they_were(
    office: Office, mail_server: MailServer
) -> None:
    """R-MAIL-7: seven-bit lines far below 998 characters; text and files are equal at the other end."""
    files = [
        Attachment("devis é à.pdf", bytes(range(256)) * 500, "application/pdf"),
        Attachment("page.html", b"<b>\r\n.\r\n" + b"y" * 5000, "text/html"),
        Attachment("letter.eml", b"Subject: x\r\n\r\n.", "message/rfc822"),
        Attachment("empty", b""),
        Attachment("x" * 100, b".\r\n.\r\n"),
    ]
    id = office.post(text=BODY, subject="é" * 200, attachments=files)
    office.send()
    (delivery,) = mail_server.received
    lines = delivery.content.split(b"\r\n")
    assert max(map(len, lines)) <= 998 and b"\n" not in b"".join(lines) and delivery.content.isascii()
    mail = delivery.mail
    assert mail["Subject"] == "é" * 200
    assert mail.get_body().get_content().replace("\r\n", "\n").strip() == BODY.strip()
    found = [(part.get_filename(), part.get_payload(decode=True)) for part in mail.iter_attachments()]
    assert found == [(file.name, file.content) for file in files]
    assert {part.get_content_disposition() for part in mail.iter_attachments()} == {"attachment"}
    assert office.look(id)["state"] == "sent"


def test_a_message_has_the_same_bytes_in_every_attempt(office: Office, mail_server: MailServer) -> None:
    """R-MAIL-3: what is repeated can be known as the same."""
    id = office.post(attachments=[Attachment("a.txt", b"a")])
    mail_server.bodies = [MailServer.KEEP_AND_DROP]
    office.send()
    office.change(id, lambda message: setattr(message, "next_at", message.created_at))
    office.send()
    first, second = mail_server.received
    assert first.content == second.content
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.com>", str(first.mail["Message-ID"]))
