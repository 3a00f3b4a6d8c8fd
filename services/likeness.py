"""What makes two cards look alike: keys that are compared as they stand, and names without what tells nothing."""

import re
from collections.abc import Mapping
from typing import Any

from services.text import TextProblem, clean, digits, fold

# Enough to tell numbers apart, few enough to pass over the different ways to dial abroad.
PHONE_DIGITS = 9
FEWEST_DIGITS = 6

_EXTENSION = re.compile(r"(?:x|#|p\.|ext\.?|extension|poste) ?[0-9]+$", re.IGNORECASE | re.ASCII)
_WORDS = re.compile(r"[^\W_]+")
# What a name may have in one place and lack in another: legal forms and articles, folded and without dots.
_FORMS = (
    "ab ag as asbl bv cie co company corp corporation eirl enr ets eurl ev gbr gmbh inc incorporated kg ltd "
    "ltda limited ltee llc llp lp nv oy oyj plc pty sa sarl sas sasu sca scop senc senrcl sl snc spa srl"
)
_ARTICLES = "the le la les das der die el los"
_TELLS_NOTHING = frozenset(f"{_FORMS} {_ARTICLES}".split())


def keys(values: Mapping[str, Any]) -> dict[str, str | None]:
    """The keys by which other cards find this one; None where a card has nothing to compare."""
    return {
        "email_key": email_key(values.get("email")),
        "phone_key": phone_key(values.get("phone")),
        "mobile_key": phone_key(values.get("mobile")),
        "vat_key": vat_key(values.get("vat_no")),
    }


def email_key(email: str | None) -> str | None:
    """An e-mail address without capitals."""
    return _typed(email).casefold()[:254] or None


def phone_key(phone: str | None) -> str | None:
    """The last nine digits of a phone number, its extension aside."""
    found = digits(_EXTENSION.sub("", _typed(phone)))
    return found[-PHONE_DIGITS:] if len(found) >= FEWEST_DIGITS else None


def vat_key(vat_no: str | None) -> str | None:
    """The letters and digits of a tax number."""
    return "".join(_WORDS.findall(_typed(vat_no).upper()))[:20] or None


def folded_name(name: str | None) -> str:
    """The name as the column search_name holds it."""
    return fold(_typed(name))[:100]


def folded_city(city: str | None) -> str:
    """The city as the column search_city holds it."""
    return fold(_typed(city))[:50]


def core_name(folded: str) -> str:
    """A folded name's words in alphabetical order, without legal forms, articles, dots and dashes.

    "The Big Cheese, Inc." and "Big Cheese" are the same; a name of nothing but such words stays whole.
    """
    return " ".join(sorted(telling_words(folded))) or folded


def telling_words(folded: str) -> list[str]:
    """The words of a folded name as they stand, without legal forms and articles; all when there are no others."""
    words = _WORDS.findall(folded.replace(".", "").replace("'", ""))
    telling = words if _TELLS_NOTHING.isdisjoint(words) else [w for w in words if w not in _TELLS_NOTHING]
    return telling or words


def _typed(value: str | None) -> str:
    """A text as it was typed, or "" for one that no card can hold."""
    try:
        return clean(value, limit=254)
    except TextProblem:
        return ""
