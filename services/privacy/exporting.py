"""The export of a person's data: what would be in it, whether it may begin, and its beginning (Y-G1).

It changes nothing but the register, the trail, the outbox and, once it has left, the interactions. It is for
the signed-in user alone: the address is theirs and is not asked for.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import MODELS, AnyCard, PrivacyExport, PrivacyRequest, User
from models.base import now
from services import accounts, datadir, jobs, places
from services.errors import Refused, Sentence, TooOften
from services.mail import letters
from services.privacy import dossier, others, register
from services.privacy.gathering import Gathered
from services.privacy.others import Others
from services.privacy.registry import Scope
from services.privacy.selecting import Selection
from services.privacy.sheets.layout import Sheet
from services.privacy.sheets.rows import Row
from services.text import TextProblem

JOB = "privacy-export"
MOST_PER_HOUR, MOST_PER_DAY = 5, 20
# More rows or more bytes of files than this are made by the worker, with progress.
SMALL_ROWS = 2_000
SMALL_BYTES = 20_000_000
WARNING_BYTES = 25_000_000
MOST_BYTES = 200_000_000
MOST_FILES = 500
# A sheet shows so many rows to choose from; where there are more, a period is chosen.
SHOWN_ROWS = 100
# An address that was changed this lately is confirmed by the password first (R-MAIL-6).
FRESH_ADDRESS = timedelta(hours=24)
# The kinds of request that an export answers.
_ANSWERED_BY_IT = ("access", "portability")
_BASE_BYTES, _ROW_BYTES, _JSON_BYTES = 31_000, 70, 60


class TooLarge(Refused):
    """The package would be larger than what is made in one piece; nothing was begun."""

    status = 413


@dataclass
class Part:
    """A sheet on the page that asks: how many rows from when to when, and those that can be chosen one by one."""

    sheet: Sheet
    count: int = 0
    first: date | None = None
    last: date | None = None
    # Rows that name other people.
    flagged: int = 0
    rows: list[tuple[str, str]] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)


@dataclass
class Look:
    """Everything that the page says about an export before it is made."""

    scope: Scope
    gathered: Gathered
    others: Others
    parts: list[Part]
    digest: str
    files: int = 0
    file_bytes: int = 0

    @property
    def rows(self) -> int:
        return sum(part.count for part in self.parts)

    @property
    def flagged(self) -> int:
        return sum(part.flagged for part in self.parts)

    def size(self, selection: Selection) -> int:
        """About how many bytes the file will have."""
        kept = sum(part.count for part in self.parts if not selection.is_out(part.sheet.name))
        found = _BASE_BYTES + kept * _ROW_BYTES
        if selection.form == "zip":
            found += kept * _JSON_BYTES + (0 if selection.without_files else self.file_bytes)
        return found


def look(session: Session, card: AnyCard) -> Look:
    """What an export that begins on a card would hold."""
    scope = dossier.scope_of(session, card)
    gathered = Gathered(session, dossier.collect(session, scope))
    near = others.near(session, scope)
    found = Look(scope, gathered, near, [], gathered.digest())
    for sheet in gathered.sheets:
        part = Part(sheet)
        for row in gathered.looked_at(sheet.name):
            _count(part, row, near)
            if sheet.name == "attachments":
                found.files += 1
                found.file_bytes += int(str(row.values.get("bytes") or 0))
        found.parts.append(part)
    return found


def check_size(data: Path, seen: Look, selection: Selection) -> None:
    """Refuse what is too large for one file, and what the disk has no room for; raises TooLarge or Refused."""
    size = seen.size(selection)
    files = 0 if selection.form == "xlsx" or selection.without_files else seen.files
    if size > MOST_BYTES or files > MOST_FILES:
        raise TooLarge(
            _l(
                "This would be about %(size)s MB with %(files)s files: more than the %(most)s MB and %(most_files)s "
                "files that are put in one package. Choose a period, or leave the files out.",
                size=size // 1_000_000,
                files=files,
                most=MOST_BYTES // 1_000_000,
                most_files=MOST_FILES,
            )
        )
    if datadir.free_space(data) < 2 * size:
        raise Refused(
            _l(
                "The disk has too little room for this export. Ask your administrator to make some, then try again."
            )
        )


def check_rate(session: Session, user_id: int) -> None:
    """Refuse the sixth export of a user within an hour and the 21st of the office within a day (Y-G10)."""
    made = PrivacyExport
    for most, time, conditions in (
        (MOST_PER_HOUR, timedelta(hours=1), [made.created_by == user_id]),
        (MOST_PER_DAY, timedelta(days=1), []),
    ):
        begin = now() - time
        times = list(
            session.scalars(
                select(made.created_at)
                .where(made.created_at > begin, made.created_at <= now(), *conditions)
                .order_by(made.created_at.desc())
                .limit(most)
            )
        )
        if len(times) >= most:
            wait = max(1, math.ceil((times[-1] - begin).total_seconds()))
            minutes = math.ceil(wait / 60)
            raise TooOften(
                wait,
                _l(
                    "An hour takes %(hour)s exports of a user, and a day %(day)s of the office. "
                    "Try again in %(minutes)s minutes.",
                    hour=MOST_PER_HOUR,
                    day=MOST_PER_DAY,
                    minutes=minutes,
                ),
            )


def no_mail_because(user: User, *, configured: bool) -> Sentence:
    """Why nothing can be mailed to the user; "" when it can."""
    if not user.email:
        return _l("Your account has no e-mail address. Add one, or download the file.")
    try:
        letters.checked_address(user.email)
    except TextProblem as problem:
        return problem.message
    return (
        ""
        if configured
        else _l("Mail is not set up here, so nothing can be sent. Download the file instead.")
    )


def is_fresh_address(user: User) -> bool:
    """Whether the address was changed within a day; one given with the account itself is not (R-MAIL-6)."""
    changed = user.email_changed_at
    if changed is None or changed - user.created_at < timedelta(minutes=1):
        return False
    return timedelta(0) <= now() - changed < FRESH_ADDRESS


def request_of(session: Session, scope: Scope) -> PrivacyRequest | None:
    """The open request that an export belongs to, begun on any card of the same person; None for none."""
    asked = PrivacyRequest
    for kind in MODELS:
        query = select(asked).where(
            asked.kind.in_(_ANSWERED_BY_IT),
            asked.state.in_(register.UNANSWERED),
            asked.subject_kind == kind,
            asked.subject_id.in_(scope.of(kind)),
        )
        for found in session.scalars(query.order_by(asked.id.desc())):
            card = session.get(MODELS[kind], found.subject_id)
            # A person of a company has a scope of their own within the company's.
            if card is not None and dossier.scope_of(session, card) == scope:
                return found
    return None


def start(
    session: Session,
    card: AnyCard,
    selection: Selection,
    seen: Look,
    *,
    by: int,
    other_recipient: bool = False,
) -> PrivacyExport:
    """Open the line in the register and put the work in the queue; the caller does a small one at once.

    other_recipient: the form named another address, which is ignored and noted in the trail.
    """
    check_rate(session, by)
    request = request_of(session, seen.scope) or register.open_for_card(session, card, "access", by=by)
    if other_recipient:
        register.note(session, request, "other_recipient_ignored", by=by, fields=("to",))
    made = PrivacyExport(
        request_id=request.id,
        selection=selection.as_json(),
        digest=seen.digest,
        form=selection.form,
        created_by=by,
    )
    session.add(made)
    session.flush()
    is_small = is_made_at_once(seen, selection)
    job = jobs.enqueue(session, JOB, subject_id=made.id, total=max(seen.rows, 1), by=by, here=is_small)
    job.counts = {"rows": seen.rows}
    made.job_id = job.id
    register.step(session, request, "export", by=by, proof_kind="export", proof=str(made.id))
    accounts.note_event(session, "privacy export", user_id=by)
    session.flush()
    return made


def is_made_at_once(seen: Look, selection: Selection) -> bool:
    """Whether the export is small enough for the request that asks for it."""
    bytes_ = seen.file_bytes if selection.form == "zip" and not selection.without_files else 0
    return seen.rows <= SMALL_ROWS and bytes_ <= SMALL_BYTES


def locale_of(language: str) -> str:
    """The locale of a workbook's words."""
    return places.locale_of_texts(language, "fr_CA" if language == "fr" else "en_CA")


# -- helpers ----------------------------------------------------------------------------------------


def _count(part: Part, row: Row, near: Others) -> None:
    part.count += 1
    part.flagged += near.found_in(row)
    if row.day is not None:
        part.first = min(part.first or row.day, row.day)
        part.last = max(part.last or row.day, row.day)
    if part.sheet.name == "identity":
        kind = str(row.values["record type"])
        part.kinds[kind] = part.kinds.get(kind, 0) + 1
    if part.count <= SHOWN_ROWS:
        part.rows.append((row.key, _brief(part.sheet, row)))


def _brief(sheet: Sheet, row: Row) -> str:
    """A row in a few words: what its first columns say."""
    words = (_as_word(row.values.get(column.key)) for column in sheet.columns)
    return " · ".join(_first(word for word in words if word))[:160]


def _first(words: Iterator[str], most: int = 5) -> list[str]:
    return [word for _number, word in zip(range(most), words, strict=False)]


def _as_word(value: Any) -> str:
    if value is None:
        return ""
    text = value.strftime("%Y-%m-%d") if isinstance(value, date) else str(value)
    return " ".join(text.split())[:80]
