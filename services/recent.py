"""The cards and documents that each user opened last.

Opening one writes nothing: its id waits in the memory of this process, and goes to the user's row with
the small write that notes once a minute that a session is in use. What waits when the process ends is lost.
"""

import threading
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from models import MODELS, Document, User

KEPT = 12
Key = tuple[str, int]


class Opened(NamedTuple):
    """A card or document that was opened, as a link to it shows it; `document_kind` is "" for a card."""

    kind: str
    id: int
    no: str
    name: str
    document_kind: str = ""
    is_blocked: bool = False


_lock = threading.Lock()
# Of each user, the latest last.
_waiting: dict[int, list[Key]] = defaultdict(list)


def note(user_id: int, kind: str, record_id: int) -> None:
    """Remember that a user opened a card or document."""
    with _lock:
        keys = _waiting[user_id]
        if (kind, record_id) in keys:
            keys.remove((kind, record_id))
        keys.append((kind, record_id))
        del keys[:-KEPT]


def waiting(user_id: int) -> list[Key]:
    """What a user opened that is not written yet, the latest first."""
    with _lock:
        return _waiting[user_id][::-1] if user_id in _waiting else []


def keep(session: Session, user_id: int, keys: Sequence[Key]) -> None:
    """Write these before what was written already; the caller commits, and then calls `forget`."""
    user = session.get(User, user_id, with_for_update=True, populate_existing=True)
    if keys and user is not None:
        known = list(dict.fromkeys([*keys, *_written(user)]))[:KEPT]
        user.preferences = {**(user.preferences or {}), "recent": [list(key) for key in known]}


def forget(user_id: int, keys: Sequence[Key]) -> None:
    """These are written and wait no more; one opened meanwhile does."""
    with _lock:
        if user_id in _waiting:
            _waiting[user_id] = [key for key in _waiting[user_id] if key not in keys]


def latest(session: Session, user: User, limit: int) -> list[Opened]:
    """What a user opened last, the latest first; what is gone is left out."""
    keys = list(dict.fromkeys([*waiting(user.id), *_written(user)]))
    found: dict[Key, Opened] = {}
    for kind in dict.fromkeys(kind for kind, _id in keys):
        found |= _cards(session, kind, [id_ for own, id_ in keys if own == kind])
    return [found[key] for key in keys if key in found][:limit]


def _written(user: User) -> list[Key]:
    return [(str(kind), int(id_)) for kind, id_ in (user.preferences or {}).get("recent", [])]


def _cards(session: Session, kind: str, ids: Sequence[int]) -> dict[Key, Opened]:
    if kind == Document.KIND:
        columns = (Document.id, Document.no, Document.name, Document.kind)
        documents = session.execute(select(*columns).where(Document.id.in_(ids)))
        return {(kind, id_): Opened(kind, id_, no, name, of_kind) for id_, no, name, of_kind in documents}
    model = MODELS[kind]
    blocked = model.blocked if kind != "contact" else literal("none")
    rows = session.execute(select(model.id, model.no, model.name, blocked).where(model.id.in_(ids)))
    return {
        (kind, id_): Opened(kind, id_, no, name, is_blocked=held not in ("none", False))
        for id_, no, name, held in rows
    }
