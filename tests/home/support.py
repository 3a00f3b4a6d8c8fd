"""Cards to look at, made in one transaction."""

from collections.abc import Callable
from typing import Any

from services import records
from tests.support.factories import BY

Do = Callable[[Callable[..., Any]], Any]


def make(do: Do, factory: Callable[..., Any], *args: Any, **typed: Any) -> Any:
    """What a factory makes, committed."""
    return do(lambda session: factory(session, *args, **typed))


def change(do: Do, record: Any, **typed: Any) -> None:
    """Save values on a card as the clerk."""
    do(lambda session: records.save(session, session.get_one(type(record), record.id), typed, by=BY))
