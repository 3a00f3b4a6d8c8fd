"""Texts as people type them: cleaned before they are stored, folded before they are searched."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from flask_babel import lazy_gettext as _l

from services.errors import Sentence

QUERY_LIMIT = 200

# What stands around a pasted text: blanks, line ends and the byte order mark, but no other control character.
EDGES = "\t\n\r\ufeff" + "".join(
    chr(code) for code in range(0x20, 0x3001) if chr(code).isspace() and chr(code) != "\x85"
)

# A phone as typed: digits, blanks and + - ( ) . / with an extension after it.
PHONE = re.compile(
    r"[0-9 +\-().\/]*[0-9][0-9 +\-().\/]*(?:(?:x|#|p\.|ext\.?|extension|poste) ?[0-9]+)?",
    re.IGNORECASE | re.ASCII,
)

_REFUSED = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ACCENTS = re.compile("[\u0300-\u0344\u0346-\u034e\u0350-\u036f]")
_PHONE_WORD = re.compile(r"[0-9+\-().\/]*[0-9][0-9+\-().\/]*")
_NO_DIGITS = re.compile("[^0-9]+")
_PARTS = re.compile(r"[^\W_]+")

# Letters that Unicode does not decompose, as somebody without that key types them.
_PLAIN = str.maketrans(
    {
        "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i",
        "ŋ": "n", "ŧ": "t", "ĸ": "k", "’": "'", "‘": "'", "ʼ": "'", "‐": "-", "–": "-", "—": "-", "−": "-",
    }
)  # fmt: skip


class TextProblem(ValueError):
    """A typed text that cannot be saved; .message is the sentence that says what to do."""

    def __init__(self, message: Sentence) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


def clean(value: str | None, *, limit: int, multiline: bool = False) -> str:
    """The text trimmed and in NFC; TextProblem when too long or with characters that cannot be shown."""
    text = (value or "").strip(EDGES)
    # Normalising long runs of combining marks takes quadratic time; NFC shortens a text to a quarter at most.
    if len(text) > 4 * limit:
        raise _too_long(len(text), limit)
    if multiline:
        text = text.replace("\r\n", "\n")
    if _REFUSED.search(text.replace("\n", "").replace("\t", "") if multiline else text):
        raise TextProblem(
            _l("Remove the control characters (they cannot be seen); type the text again if need be.")
        )
    if not multiline and _BIDI.search(text):
        raise TextProblem(_l("Remove the marks that change the writing direction (they cannot be seen)."))
    text = unicodedata.normalize("NFC", text)
    if len(text) > limit:
        raise _too_long(len(text), limit)
    return text


def fold(text: str) -> str:
    """The text as searched and sorted: no accents, no capitals, single blanks."""
    # What is Latin but for its accents, as nearly everything is, takes the short way to the same result.
    plain = text if text.isascii() else _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    if plain.isascii():
        return " ".join(plain.lower().split())
    for form in ("NFD", "NFKD"):
        text = unicodedata.normalize(form, text).casefold()
    text = unicodedata.normalize("NFKD", text).translate(_PLAIN)
    kept = (c for c in text if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def digits(text: str) -> str:
    """Only the digits 0 to 9 of the text."""
    return _NO_DIGITS.sub("", text)


def look_alike(name: str) -> str:
    """The name by which two records are possible duplicates: NFKC, without case; accents count."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def search_text(
    *,
    no: str = "",
    names: Iterable[str] = (),
    emails: Iterable[str] = (),
    phones: Iterable[str] = (),
    city: str = "",
) -> str:
    """The folded words of a card, each after two spaces and one space at the end, for search_terms to find.

    The two spaces give the trigram index three characters even for a search of one letter ("  a").
    """
    words = [*_words(no), *_words_beside(tuple(names), tuple(emails), tuple(phones), city)]
    kept = list(dict.fromkeys(word for word in words if word))
    return "".join(f"  {word}" for word in kept) + " " if kept else ""


# A contact made for a customer has the same words, and an import makes hundreds of such pairs.
@lru_cache(maxsize=1024)
def _words_beside(
    names: tuple[str, ...], emails: tuple[str, ...], phones: tuple[str, ...], city: str
) -> list[str]:
    words = [word for text in (*names, city) for word in _words(text)]
    words += ["".join(fold(email).split()) for email in emails]
    return words + [digits(phone) for phone in phones]


def _words(text: str) -> list[str]:
    """The folded words of a text, and what else each is found by."""
    words: list[str] = []
    for word in fold(text).split():
        words += [word, *_inner_words(word)]
    if _is_phone(" ".join(text.split())):
        # "1 000 000" is a name as well, and is looked for like a phone.
        words.append(digits(text))
    return words


def search_terms(query: str) -> list[str]:
    """Literal pieces that must all occur in a card's search text; none for a blank query.

    Each has three characters or more: a word anywhere, or the start of a word when one or two are typed.
    """
    # Pasted cells bring tabs and line ends: they part words like a blank.
    text = clean(" ".join(query.split()), limit=QUERY_LIMIT)
    if _is_phone(text):
        return [digits(text)]
    words = fold(text).split()
    # "&" or "-" between words is not looked for; alone it is, so that "%" does not list everything.
    words = [word for word in words if _PARTS.search(word)] or words
    terms = [digits(word) if _PHONE_WORD.fullmatch(word) else word for word in words]
    return list(dict.fromkeys(term if len(term) > 2 else " " * (3 - len(term)) + term for term in terms))


def _is_phone(text: str) -> bool:
    """Whether a typed text is looked for by its digits alone."""
    return PHONE.fullmatch(text) is not None and len(digits(text)) >= 7


def _inner_words(word: str) -> list[str]:
    """What else finds a word: the digits of 2024-001, and pierre in jean-pierre."""
    if _PHONE_WORD.fullmatch(word):
        return [digits(word)]
    return _PARTS.findall(word)[1:]


def _too_long(length: int, limit: int) -> TextProblem:
    return TextProblem(
        _l(
            "Shorten this text to %(limit)s characters; it has %(length)s.",
            limit=limit,
            length=length,
        )
    )
