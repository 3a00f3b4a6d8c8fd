"""Reading and changing what is stored between two requests of a browser."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from models import MODELS, Link, UndoEntry
from services import records, snapshots
from tests.support.factories import BY

Do = Callable[[Callable[..., Any]], Any]

ADDRESSES = {
    "contact": "contacts",
    "customer": "customers",
    "vendor": "vendors",
    "bank_account": "bank-accounts",
}
PARTIES = ("customer", "vendor", "bank_account")


def make(do: Do, factory: Callable[..., Any], *args: Any, **typed: Any) -> Any:
    """What a factory makes, committed."""
    return do(lambda session: factory(session, *args, **typed))


def stored(do: Do, kind: str, id_: int) -> Any:
    """A card as it stands in the database; None when it is gone."""
    return do(lambda session: session.get(MODELS[kind], id_))


def values(do: Do, kind: str, id_: int) -> dict[str, Any]:
    """Every column of a card, for comparing before and after."""
    return dict(do(lambda session: snapshots.values_of(session.get_one(MODELS[kind], id_))))


def change(do: Do, record: Any, **typed: Any) -> None:
    """Save values on a card as the clerk."""
    do(lambda session: records.save(session, session.get_one(type(record), record.id), typed, by=BY))


def links(do: Do) -> set[tuple[int, str, int | None]]:
    """Every link: contact, kind, party."""
    return set(
        do(
            lambda session: [
                (one.contact_id, one.kind, one.party_id) for one in session.scalars(select(Link))
            ]
        )
    )


def linked_contact(do: Do) -> Any:
    """The contact of the only link."""
    return do(lambda session: session.scalars(select(Link)).one().contact)


def last_undo(do: Do) -> str:
    """The address of the latest thing that can be undone."""
    newest = select(UndoEntry.id).order_by(UndoEntry.id.desc()).limit(1)
    return f"/undo/{do(lambda session: session.scalar(newest))}"


def delete_url(record: Any) -> str:
    return f"/{ADDRESSES[record.KIND]}/{record.id}/delete"
