"""The addresses of a list that is shown page by page: what they ask for, and those of the pages around one."""

from collections.abc import Callable, Collection
from typing import Any

from flask import abort, request

from services.errors import Invalid, Sentence

SIZES = (50, 100, 200)
END = "end"
Url = Callable[..., str]


def asked_for(sorts: Collection[str], usual: str) -> tuple[str, bool, int]:
    """The sort column, whether downwards, and the page size; anything outside the fixed lists is a 400 (R-WEB-6).

    `usual` is the order without one, with a minus before it for downwards.
    """
    wanted = request.args.get("sort", "") or usual
    sort, size = wanted.removeprefix("-") or usual, request.args.get("size", str(SIZES[0]))
    if sort not in sorts or size not in {str(one) for one in SIZES}:
        abort(400)
    return sort, wanted.startswith("-"), int(size)


def row_named(mark: str | None) -> int | None:
    """The id of the row that a page begins or ends at; None for either end, 400 for what no list writes."""
    if mark is None or mark == END:
        return None
    if not (mark.isascii() and mark.isdigit() and len(mark) < 19):
        abort(400)
    return int(mark)


def without_faulty(parameters: dict[str, str], refused: Invalid) -> Sentence:
    """What is wrong with a filter, which leaves the list's parameters.

    Typed again, it stands alone: the forms of the page do not send the faulty text a second time.
    """
    name, sentences = next(iter(refused.errors.items()))
    parameters.pop(name, None)
    return sentences[0]


def page_urls(
    url: Url, ends: tuple[Any, Any] | None, *, has_previous: bool, has_next: bool
) -> dict[str, str | None]:
    """Addresses of the first, previous, next and last page; None at that end. `ends` are the ids of this one."""
    first, last = ends or (None, None)
    anew: dict[str, str | None] = {"after": None, "before": None}
    return {
        "first": url(**anew) if has_previous else None,
        "previous": url(**{**anew, "before": str(first)}) if has_previous else None,
        "next": url(**{**anew, "after": str(last)}) if has_next else None,
        "last": url(**{**anew, "before": END}) if has_next else None,
    }


def size_links(url: Url, present: int) -> list[dict[str, Any]]:
    """The page sizes that can be chosen."""
    return [{"label": str(size), "url": url(size=str(size)), "current": size == present} for size in SIZES]
