"""A letter to be mailed: who it is for, what it says, and the checks before a line of it is written.

Mail headers end where a line ends, and more characters end a line than one would think: whatever could do so
is refused here, in every name, address, subject and file name (R-MAIL-1).
"""

import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l

from services import checks
from services.errors import Invalid, Sentence
from services.text import TextProblem, clean

KINDS = ("document", "card", "reset", "test", "privacy")
NAME_LIMIT = 100
SUBJECT_LIMIT = 200
BODY_LIMIT = 10_000
FILE_NAME_LIMIT = 100
MOST_RECIPIENTS = 20
# What a user may attach; a document's own PDF comes on top.
MOST_FILES = 5
MOST_BYTES = 10 * 1024 * 1024

_LINE_ENDS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,80}")
_OTHER_TYPE = "application/octet-stream"


@dataclass(frozen=True)
class Address:
    """One e-mail address, with the name of who has it."""

    email: str
    name: str = ""


@dataclass(frozen=True)
class Attachment:
    """A file to go with a letter; without a type, the ending of its name says what it is."""

    name: str
    content: bytes
    type: str = ""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """An e-mail as it is handed to `outbox.enqueue`; addresses are plain texts or `Address`, one each.

    kind: document, card, reset, test or privacy; it decides who sees the message in the outbox.
    about: kind and id of the document or card that it is about, such as ("invoice", 7) or ("customer", 3).
    contact_id: the person (or company) for whom it is, on whose timeline it shows once a mail server has
    accepted it. copy_to_accountant: adds the copy that Settings › Mail names. good_until: it is not sent
    after this moment.
    """

    to: Sequence[str | Address]
    subject: str
    text: str
    kind: str
    cc: Sequence[str | Address] = ()
    bcc: Sequence[str | Address] = ()
    attachments: Sequence[Attachment] = ()
    about: tuple[str, int] | None = None
    contact_id: int | None = None
    copy_to_accountant: bool = False
    good_until: datetime | None = None


@dataclass(frozen=True)
class Checked:
    """A letter whose every value may be stored and sent: each address once, in the order of its fields."""

    recipients: list[tuple[str, Address]]
    subject: str
    text: str
    attachments: list[Attachment]


def check(letter: Letter) -> Checked:
    """The letter, cleaned; raises Invalid with sentences for to, cc, bcc, subject, text and files."""
    assert letter.kind in KINDS, letter.kind
    errors: dict[str, list[Sentence]] = {}
    recipients: dict[str, tuple[str, Address]] = {}
    for field in ("to", "cc", "bcc"):
        for one in getattr(letter, field):
            try:
                address = checked_address(one)
                recipients.setdefault(address.email.lower(), (field, address))
            except TextProblem as problem:
                errors.setdefault(field, []).append(problem.message)
    found: dict[str, str] = {}
    for name, rule in (("subject", checked_subject), ("text", checked_text)):
        try:
            found[name] = rule(getattr(letter, name))
        except TextProblem as problem:
            errors[name] = [problem.message]
    attachments = []
    for file in letter.attachments:
        try:
            attachments.append(checked_file(file))
        except TextProblem as problem:
            errors.setdefault("files", []).append(problem.message)
    if "to" not in errors and not any(field == "to" for field, _address in recipients.values()):
        errors["to"] = [_l("Enter the e-mail address that this goes to.")]
    if len(recipients) > MOST_RECIPIENTS:
        errors.setdefault("to", []).append(
            _l("A message goes to %(most)s addresses at most.", most=MOST_RECIPIENTS)
        )
    if errors:
        raise Invalid(errors)
    return Checked(list(recipients.values()), found["subject"], found["text"], attachments)


def checked_address(value: str | Address) -> Address:
    """One address that mail servers take, its domain in the letters that they know."""
    given = value if isinstance(value, Address) else Address(value)
    name = checked_name(given.name)
    _refuse_line_ends(given.email)
    email = checks.email(given.email)
    if not email:
        raise TextProblem(_l("Enter an e-mail address like name@example.com."))
    local, _at, domain = email.rpartition("@")
    try:
        local.encode("ascii")
        return Address(f"{local}@{domain.encode('idna').decode('ascii')}", name)
    except UnicodeError:
        raise TextProblem(
            _l("Mail servers do not know the accents in %(email)s. Enter another address.", email=email)
        ) from None


def checked_name(value: str) -> str:
    """A name to stand before an address; it may be empty."""
    return _one_line(value, NAME_LIMIT)


def checked_subject(value: str) -> str:
    """The subject: one line, never empty."""
    subject = _one_line(value, SUBJECT_LIMIT)
    if not subject:
        raise TextProblem(_l("Enter a subject."))
    return subject


def checked_text(value: str) -> str:
    """The text of a letter, never empty."""
    text = clean(value, limit=BODY_LIMIT, multiline=True)
    if not text:
        raise TextProblem(_l("Enter the text of the message."))
    return text


def checked_file(file: Attachment) -> Attachment:
    """A file under a name that harms nobody, with a type that its ending gives away."""
    _refuse_line_ends(file.name)
    name = file_name(file.name)
    type_ = file.type or mimetypes.guess_type(name)[0] or _OTHER_TYPE
    return Attachment(name, file.content, type_ if _TYPE.fullmatch(type_) else _OTHER_TYPE)


def check_uploads(files: Sequence[Attachment]) -> None:
    """Refuse more or larger files than a message takes along; raises Invalid for the field `files`."""
    if len(files) > MOST_FILES:
        raise Invalid({"files": _l("Choose %(most)s files at most.", most=MOST_FILES)})
    if sum(len(file.content) for file in files) > MOST_BYTES:
        raise Invalid({"files": _l("The files are too large: 10 MB in all is the most that can be sent.")})


def file_name(value: str) -> str:
    """The last part of a path, in characters every system takes; its ending survives a long name."""
    name = re.sub(r'[<>:"|?*;\u202a-\u202e\u2066-\u2069]', "_", re.split(r"[/\\]", value)[-1]).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if len(name) > FILE_NAME_LIMIT and dot and len(ending) < 10:
        name = stem[: FILE_NAME_LIMIT - len(ending) - 1] + dot + ending
    return name[:FILE_NAME_LIMIT] or "file"


def _one_line(value: str, limit: int) -> str:
    _refuse_line_ends(value)
    return clean(value, limit=limit)


def _refuse_line_ends(value: str) -> None:
    """Before anything is trimmed: what ends a line in a header is refused wherever it stands."""
    if _LINE_ENDS.search(value or ""):
        raise TextProblem(
            _l("Remove the control characters (they cannot be seen); type the text again if need be.")
        )
