"""Where mail leaves the office: the mail server, the sender, and the copies to the accountant.

The password stands in the environment or in a file that only Carnet's user can read, never in the database and
never on a page (R-SEC-2).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from config import Config
from models import MailSettings, Office
from services import datadir, rows
from services.errors import Invalid
from services.mail import letters
from services.mail.letters import Address, Letter
from services.text import TextProblem, clean

SECURITIES = ("auto", "starttls", "tls", "none")
COPY_FIELDS = ("", "cc", "bcc")
PASSWORD_LIMIT = 200
PORTS = {"auto": 587, "starttls": 587, "tls": 465, "none": 25}
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]+\]?")


@dataclass(frozen=True)
class Server:
    """A mail server and how to speak with it."""

    host: str
    port: int
    security: str
    username: str = ""
    password: str = field(default="", repr=False)


def settings_of(session: Session) -> MailSettings:
    """The single row of settings; an empty one, not yet stored, before they are saved first."""
    return session.get(MailSettings, 1) or MailSettings(
        id=1, host="", port=None, security="auto", username="", sender_name="", sender_email="",
        copy_field="", copy_email="",
    )  # fmt: skip


def of(session: Session, config: Config) -> Server | None:
    """The mail server to use: SMTP_URL, which wins, or the settings; None while there is neither.

    The sample company has none, so that it never writes to anybody.
    """
    if config.demo:
        return None
    if config.smtp_url:
        return from_url(config.smtp_url)
    row = settings_of(session)
    if not row.host:
        return None
    security = row.security or "auto"
    password = read_password(config.data) if row.username else ""
    return Server(row.host, row.port or PORTS[security], security, row.username, password)


def from_url(url: str) -> Server:
    """The server of an address such as smtps://name:password@mail.example.com."""
    parts = urlsplit(url)
    security = "tls" if parts.scheme == "smtps" else "auto"
    # An address without a name leads to a server on one's own network, as a rule.
    port = parts.port or (PORTS[security] if security == "tls" or parts.username else PORTS["none"])
    return Server(
        parts.hostname or "", port, security, unquote(parts.username or ""), unquote(parts.password or "")
    )


def is_configured(session: Session, config: Config) -> bool:
    """Whether mail can leave: a server and a sender are known."""
    return of(session, config) is not None and sender(session) is not None


def sender(session: Session) -> Address | None:
    """Who mail comes from: as the settings say, or else the office itself; None without an address."""
    row, office = settings_of(session), session.get(Office, 1)
    email = row.sender_email or (office.email if office is not None else "")
    if not email:
        return None
    try:
        return letters.checked_address(Address(email, row.sender_name or (office.name if office else "")))
    except TextProblem:
        return None


def sender_domain(session: Session) -> str:
    """What stands after the @ of the marks that messages carry."""
    found = sender(session)
    return found.email.rpartition("@")[2] if found is not None and len(found.email) < 60 else "carnet.invalid"


def copy_address(session: Session) -> str:
    """The accountant's address, when the settings want copies for it; else the empty string."""
    row = settings_of(session)
    return row.copy_email if row.copy_field else ""


def with_copy(session: Session, letter: Letter) -> Letter:
    """The letter with the copy to the accountant, when the settings want one."""
    address = copy_address(session)
    if not address:
        return letter
    if settings_of(session).copy_field == "cc":
        return replace(letter, cc=[*letter.cc, address])
    return replace(letter, bcc=[*letter.bcc, address])


# -- saving -------------------------------------------------------------------------------------------


def save(session: Session, config: Config, values: Mapping[str, Any]) -> None:
    """Save what the page of the settings says; raises Invalid.

    `password`: a new one, or empty to keep the present one; `forget_password` removes it. Where SMTP_URL names
    the server, only the sender and the copies are saved.
    """
    row = settings_of(session)
    rules: dict[str, rows.Rule] = {
        "sender_name": letters.checked_name,
        "sender_email": _address_or_empty,
        "copy_field": rows.one_of(COPY_FIELDS),
        "copy_email": _address_or_empty,
    }
    if not config.smtp_url:
        rules |= {
            "host": _host,
            "port": rows.whole(1, 65535),
            "security": rows.one_of(SECURITIES),
            "username": rows.line(MailSettings, "username"),
            "password": _password,
            "forget_password": bool,
        }
    found = rows.cleaned(values, rules)
    if found.get("copy_field") and not found.get("copy_email"):
        raise Invalid({"copy_email": _l("Enter the address that gets the copies.")})
    password, forget = found.pop("password", ""), found.pop("forget_password", False)
    rows.write(row, found)
    session.add(row)
    session.flush()
    if password:
        write_password(config.data, password)
    elif forget:
        datadir.mail_password(config.data).unlink(missing_ok=True)


def has_password(data: Path) -> bool:
    """Whether a password is kept."""
    return datadir.mail_password(data).exists()


def read_password(data: Path) -> str:
    """The password that is kept, or the empty string."""
    return datadir.mail_password(data).read_text("utf-8").removesuffix("\n") if has_password(data) else ""


def write_password(data: Path, password: str) -> None:
    """Keep the password in a file of this user alone; the former one is there whole until the new one is."""
    made = datadir.new_file(data, datadir.PART)
    made.write_text(password + "\n", "utf-8")
    made.replace(datadir.mail_password(data))


def _host(value: Any) -> str:
    host = clean(value, limit=255)
    if host and not _HOST.fullmatch(host):
        raise TextProblem(_l("Enter the name of the mail server, like mail.example.com."))
    return host


def _address_or_empty(value: Any) -> str:
    return letters.checked_address(value).email if str(value or "").strip() else ""


def _password(value: Any) -> str:
    password = str(value or "")
    if len(password) > PASSWORD_LIMIT or re.search(r"[\x00-\x1f\x7f]", password):
        raise TextProblem(_l("Check the password: it is too long, or has characters that cannot be seen."))
    return password
