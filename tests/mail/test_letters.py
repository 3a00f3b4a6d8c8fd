"""What may go into a letter, before a line of it is written."""

import pytest
from sqlalchemy.orm import Session

from config import Config
from models import OutboxMessage, OutboxRecipient
from services.errors import Invalid
from services.mail import letters, outbox, server
from services.mail.letters import Address, Attachment, Letter
from tests.support import factories as make

# CR, LF, and everything else that ends a line or hides one, for some program between here and the reader.
LINE_ENDS = [chr(code) for code in (*range(0x20), 0x7F, *range(0x80, 0xA0), 0x2028, 0x2029)]


def letter(**changed: object) -> Letter:
    values: dict[str, object] = {
        "to": ["ada@example.com"],
        "subject": "Your quote",
        "text": "Good morning.",
        "kind": "card",
    }
    return Letter(**(values | changed))  # type: ignore[arg-type]


def refused(**changed: object) -> dict[str, list[str]]:
    """The sentences for each field of a letter that is not taken."""
    with pytest.raises(Invalid) as problem:
        letters.check(letter(**changed))
    return {name: [str(sentence) for sentence in said] for name, said in problem.value.errors.items()}


@pytest.mark.parametrize("sign", LINE_ENDS, ids=lambda sign: f"U+{ord(sign):04X}")
def test_r_mail_1_nothing_that_ends_a_line_gets_into_a_header(sign: str) -> None:
    """R-MAIL-1: refused at the beginning, inside and at the end, in every field that becomes a header."""
    for text in (f"{sign}Bcc: eve@example.com", f"a{sign}b", f"a{sign}"):
        assert list(refused(subject=text)) == ["subject"]
        assert list(refused(to=[Address("ada@example.com", text)])) == ["to"]
        for field in ("to", "cc", "bcc"):
            others = {"to": ["ada@example.com"]} | {field: [f"ada@example.com{text}"]}
            assert list(refused(**others)) == [field]
        assert list(refused(attachments=[Attachment(f"{text}.pdf", b"")])) == ["files"]


def test_r_mail_1_one_address_stands_in_each_field() -> None:
    """R-MAIL-1: joined by commas, semicolons or as a group, they are refused."""
    for joined in (
        "a@example.com,b@example.com",
        "a@example.com, b@example.com",
        "a@example.com; b@example.com",
        "a@example.com b@example.com",
        "Ada <a@example.com>",
        "all: a@example.com;",
        "<a@example.com>",
        "a@example.com,",
    ):
        for field in ("to", "cc", "bcc"):
            assert field in refused(**({"to": ["ada@example.com"]} | {field: [joined]})), joined


def test_a_letter_needs_an_address_a_subject_and_a_text() -> None:
    assert set(refused(to=[], subject=" ", text="\n")) == {"to", "subject", "text"}
    assert set(refused(to=[""], cc=["a@example.com"])) == {"to"}
    assert set(refused(subject="x" * 201, text="x" * 10_001)) == {"subject", "text"}
    assert set(refused(to=[f"a{number}@example.com" for number in range(21)])) == {"to"}


def test_an_address_stands_in_a_message_once_in_the_first_field_that_names_it() -> None:
    checked = letters.check(letter(cc=["ADA@example.com", "bo@example.com"], bcc=["bo@example.com"]))
    assert [(field, address.email) for field, address in checked.recipients] == [
        ("to", "ada@example.com"),
        ("cc", "bo@example.com"),
    ]


def test_domains_with_accents_are_spelled_as_mail_servers_know_them() -> None:
    checked = letters.check(letter(to=["info@exämple.com"]))
    assert checked.recipients[0][1].email == "info@xn--exmple-cua.com"
    assert "accents" in refused(to=["zoé@example.com"])["to"][0]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Temp\\quote.pdf", "quote.pdf"),
        ('a";filename="b.exe', "a__filename=_b.exe"),
        ("x" * 300 + ".pdf", "x" * 96 + ".pdf"),
        ("devis é.pdf", "devis é.pdf"),
        ("..", "file"),
        ("fdp\u202ecod.pdf", "fdp_cod.pdf"),
    ],
)
def test_names_of_files_harm_nobody(name: str, kept: str) -> None:
    file = letters.checked_file(Attachment(name, b"", "text/html; charset=x"))
    assert (file.name, file.type) == (kept, "application/octet-stream")


def test_files_have_a_number_and_a_size_that_can_be_sent() -> None:
    letters.check_uploads([Attachment("a", b"x")] * 5)
    for files in ([Attachment("a", b"x")] * 6, [Attachment("a", b"x" * (10 * 1024 * 1024 + 1))]):
        with pytest.raises(Invalid):
            letters.check_uploads(files)


@pytest.mark.both_databases
def test_a_letter_is_kept_whole_in_the_transaction_of_what_it_is_about(session: Session) -> None:
    """R-MAIL-2, R-MAIL-3: rolled back with it; the Message-ID is made here, once."""
    wanted = letter(
        to=[Address("ada@example.com", "Ada Lovelace")],
        bcc=["books@example.com"],
        text="Bonjour,\r\nvoilà.",
        attachments=[Attachment("quote.pdf", b"%PDF\x00\xff")],
        about=("quote", 7),
        contact_id=3,
    )
    outbox.enqueue(session, wanted, by=make.BY)
    session.rollback()
    assert session.query(OutboxMessage).count() == session.query(OutboxRecipient).count() == 0
    made = outbox.enqueue(session, wanted, by=make.BY)
    session.commit()
    session.expire_all()
    message = session.get_one(OutboxMessage, made.id)
    assert (message.state, message.body, message.about_kind, message.about_id, message.contact_id) == (
        "waiting", "Bonjour,\nvoilà.", "quote", 7, 3,
    )  # fmt: skip
    assert [(one.field, one.name, one.email, one.state) for one in message.recipients] == [
        ("to", "Ada Lovelace", "ada@example.com", "waiting"),
        ("bcc", "", "books@example.com", "waiting"),
    ]
    assert [(file.name, file.content_type, file.content) for file in message.attachments] == [
        ("quote.pdf", "application/pdf", b"%PDF\x00\xff")
    ]
    assert message.message_id.startswith("<") and message.message_id.endswith("@carnet.invalid>")


def test_the_accountant_gets_the_copies_that_the_settings_want(session: Session) -> None:
    config = Config()
    wanted = letter(kind="document", copy_to_accountant=True)
    assert len(outbox.enqueue(session, wanted, by=make.BY).recipients) == 1
    for field in ("cc", "bcc"):
        server.save(session, config, {"copy_field": field, "copy_email": "books@example.com"})
        message = outbox.enqueue(session, wanted, by=make.BY)
        assert [(one.field, one.email) for one in message.recipients][1:] == [(field, "books@example.com")]
    with pytest.raises(Invalid):
        server.save(session, config, {"copy_field": "cc", "copy_email": ""})
