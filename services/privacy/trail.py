"""The permanent trail: who did what to which record, line after line, without a single value (Y-L1).

Each line carries the digest of the line before it. A byte that was changed, a line that was removed, and lines
that were cut off at the end are all found by `verify`; the database refuses changes that come past the program.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models import TrailEntry, TrailHead, User
from models.base import now
from services import accounts
from services.errors import Sentence

# Events about the members and the settings of the office, which are not the privacy officer's.
OFFICE_KINDS = ("user", "settings")
# Names of actions, tables, fields and roles: what somebody typed never looks like one by accident.
_CODE = re.compile(r"[a-z][a-z0-9_.,-]{0,39}")
_REQUEST_NO = re.compile(r"(PR-[0-9]{4}-[0-9]{3,})?")
_AT_ONCE = 1000
MOST_PROBLEMS = 100


@dataclass(frozen=True)
class Problem:
    """What is wrong with the trail, and at which line."""

    line: int
    sentence: Sentence


def write(
    session: Session,
    action: str,
    *,
    by: int | None,
    role: str = "",
    kind: str = "",
    record_id: int | None = None,
    fields: Iterable[str] = (),
    counts: Mapping[str, int] | None = None,
    request_no: str = "",
) -> TrailEntry:
    """Add a line in the caller's transaction, in which the trail then belongs to nobody else.

    Names of fields, counts by table, ids and codes only: raises ValueError for anything else. Without a role
    the line says which roles the user holds.
    """
    names = [*fields]
    for code in (action, role, kind, *names, *(counts or ())):
        if code and not _CODE.fullmatch(code):
            raise ValueError("the trail takes codes and names of fields only")
    if not _REQUEST_NO.fullmatch(request_no):
        raise ValueError("the trail takes the number of a request only")
    head = _locked_head(session)
    entry = TrailEntry(
        id=head.last + 1,
        at=now(),
        actor_id=by,
        role=role or _roles(session, by),
        action=action,
        kind=kind,
        record_id=record_id,
        fields=names,
        counts={name: int(count) for name, count in (counts or {}).items()},
        request_no=request_no,
        previous=head.digest,
    )
    entry.digest = _digest({name: getattr(entry, name) for name in _SEALED})
    head.last, head.digest = entry.id, entry.digest
    session.add(entry)
    session.flush()
    return entry


def verify(session: Session) -> list[Problem]:
    """Everything that is wrong with the trail, in order, up to a hundred problems; none when it is whole.

    Others may go on writing meanwhile: what they add is left out.
    """
    end, digest = _end(session)
    problems: list[Problem] = []
    expected, previous = 1, ""
    for row in _lines(session, end):
        if row["id"] != expected:
            problems.append(Problem(expected, _missing(expected, row["id"] - 1)))
        elif row["previous"] != previous:
            problems.append(
                Problem(row["id"], _l("Line %(line)s does not follow the line before it.", line=row["id"]))
            )
        if row["digest"] != _digest(row):
            problems.append(Problem(row["id"], _l("Line %(line)s was changed.", line=row["id"])))
        if len(problems) >= MOST_PROBLEMS:
            return problems
        expected, previous = row["id"] + 1, row["digest"]
    if expected <= end:
        problems.append(Problem(expected, _missing(expected, end)))
    elif digest != previous or _goes_on_after_its_end(session):
        problems.append(Problem(end, _l("The trail does not end where it was last written.")))
    return problems


def length(session: Session) -> int:
    """How many lines the trail has, by its own account."""
    head = session.get(TrailHead, 1)
    return head.last if head is not None else 0


def seal(session: Session) -> str:
    """The digest of the last line: whoever noted it elsewhere can prove that all before it is as it was."""
    head = session.get(TrailHead, 1)
    return head.digest if head is not None and head.digest else "-"


def about_privacy() -> ColumnElement[bool]:
    """The lines that a privacy officer may read: all but those about users and settings."""
    return TrailEntry.kind.not_in(OFFICE_KINDS)


# -- helpers ------------------------------------------------------------------------------------------

# What the digest of a line covers: all of it.
_SEALED = (
    "id", "at", "actor_id", "role", "action", "kind", "record_id", "fields", "counts", "request_no", "previous",
)  # fmt: skip


def _locked_head(session: Session) -> TrailHead:
    """The end of the trail, locked until the transaction ends: writers stand in line."""
    session.flush()
    query = select(TrailHead).where(TrailHead.id == 1)
    head = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if head is None:
        # Two first writers at the same moment: the database refuses one, and it is run again.
        head = TrailHead(id=1, last=0, digest="")
        session.add(head)
        session.flush()
    return head


def _roles(session: Session, by: int | None) -> str:
    user = session.get(User, by) if by is not None else None
    return ",".join(accounts.roles_of(user)) if user is not None else ""


def _digest(line: Mapping[str, Any]) -> str:
    content = [line[name] if name != "at" else line[name].isoformat() for name in _SEALED]
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _lines(session: Session, end: int) -> Iterator[Mapping[str, Any]]:
    """Every line up to the end in order, as it stands in the database, some at a time."""
    columns = [getattr(TrailEntry, name) for name in (*_SEALED, "digest")]
    query = select(*columns).where(TrailEntry.id <= end).order_by(TrailEntry.id).limit(_AT_ONCE)
    last: int | None = None
    while True:
        found = session.execute(query if last is None else query.where(TrailEntry.id > last)).mappings().all()
        yield from (dict(row) for row in found)
        if len(found) < _AT_ONCE:
            return
        last = found[-1]["id"]


def _end(session: Session) -> tuple[int, str]:
    head = session.execute(select(TrailHead.last, TrailHead.digest).where(TrailHead.id == 1)).first()
    return (head.last, head.digest) if head is not None else (0, "")


def _goes_on_after_its_end(session: Session) -> bool:
    """Whether there are lines that the end does not know; both are written together, and the end is read last."""
    last = session.scalar(select(func.max(TrailEntry.id))) or 0
    return last > _end(session)[0]


def _missing(first: int, last: int) -> Sentence:
    if first == last:
        return _l("Line %(line)s is missing.", line=first)
    return _l("Lines %(first)s to %(last)s are missing.", first=first, last=last)
