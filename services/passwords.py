"""Passwords: which ones are allowed, and how they are kept."""

import base64
import hashlib
import hmac
import re
import secrets
import threading
import unicodedata
from functools import lru_cache
from pathlib import Path

from flask_babel import lazy_gettext as _l

from services.text import TextProblem, fold

SHORTEST, LONGEST = 12, 128
COMMON = Path(__file__).with_name("common_passwords.txt")

# Cost, block size and parallelism: 16 MB of memory and about a fifth of a second of one processor.
COST, BLOCK, PARALLEL = 2**14, 8, 5
MEMORY = 64 * 1024 * 1024
# More at the same moment would take the memory and the processors from everybody else's pages.
_turns = threading.Semaphore(2)
# Checked in place of the hash of an account that does not exist, so that both take the same time.
NOBODY = f"scrypt:{COST}:{BLOCK}:{PARALLEL}$nobody$" + "0" * 128

_LOOKS_LIKE = str.maketrans(
    {"@": "a", "4": "a", "3": "e", "1": "i", "!": "i", "0": "o", "$": "s", "5": "s", "7": "t"}
)


def check(password: str, *, name: str = "", email: str = "") -> None:
    """Raise TextProblem, whose sentence says what to do, for a password that is not allowed (R-AUTH-2)."""
    if len(password) < SHORTEST:
        raise TextProblem(
            _l(
                "Enter a password of at least %(shortest)s characters. A few words do well.",
                shortest=SHORTEST,
            )
        )
    if len(password) > LONGEST:
        raise TextProblem(_l("Enter a password of at most %(longest)s characters.", longest=LONGEST))
    if _is_own_name(password, name, email):
        raise TextProblem(_l("Choose a password that is not your name, your e-mail address or “Carnet”."))
    if _is_common(password):
        raise TextProblem(_l("Choose another password: this one is on the list of the most common ones."))


def hashed(password: str) -> str:
    """The password as it is kept: method, cost, salt and hash."""
    salt = base64.b64encode(secrets.token_bytes(16)).decode()
    return f"scrypt:{COST}:{BLOCK}:{PARALLEL}${salt}${_scrypt(password, salt, COST, BLOCK, PARALLEL)}"


def matches(password: str, kept: str) -> bool:
    """Whether this is the password that was kept; takes as long when there is none."""
    method, salt, wanted = (kept or NOBODY).split("$")
    _name, cost, block, parallel = method.split(":")
    # Accents typed as characters of their own make a text up to four times as long; more is none of ours.
    typed = password if len(password) <= 4 * LONGEST else ""
    return hmac.compare_digest(_scrypt(typed, salt, int(cost), int(block), int(parallel)), wanted)


def _scrypt(password: str, salt: str, cost: int, block: int, parallel: int) -> str:
    # Keyboards differ in how they compose accents: NFKC makes the same password of what looks the same.
    typed = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    with _turns:
        return hashlib.scrypt(typed, salt=salt.encode(), n=cost, r=block, p=parallel, maxmem=MEMORY).hex()


def _is_own_name(password: str, name: str, email: str) -> bool:
    """Whether the letters of the password are nothing but the user's names and "carnet", in any order."""
    own = {_letters(word) for word in (*name.split(), name, email, *re.split(r"[@.+_-]", email), "carnet")}
    words = sorted((re.escape(word) for word in own if len(word) > 1), key=len, reverse=True)
    return re.fullmatch(f"(?:{'|'.join(words)})+", _letters(password)) is not None


def _is_common(password: str) -> bool:
    """Whether it is a listed password, or one of them repeated or with digits and signs around it."""
    typed = fold(password).replace(" ", "")
    if _is_sequence(typed):
        return True
    common = _common()
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", typed)
    # Digits around a word are dropped before those inside it are read as letters: "pa55word1234".
    found = (typed, bare, typed.translate(_LOOKS_LIKE), bare.translate(_LOOKS_LIKE))
    return any(text in common or _repeated(text) in common for text in found)


def _is_sequence(typed: str) -> bool:
    """Whether the characters only count up or down or stay: 123456789012, abcdefghijkl, aaaaaaaaaaaa."""
    pairs = list(zip(typed, typed[1:], strict=False))
    if typed.isascii() and typed.isdigit():
        return len({(int(after) - int(before)) % 10 for before, after in pairs}) == 1
    return len({ord(after) - ord(before) for before, after in pairs}) == 1


def _repeated(text: str) -> str:
    """The part that the text repeats, such as "abc" of "abcabc"; the text itself when there is none."""
    period = (text + text).find(text, 1)
    return text[:period] if text else ""


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", fold(text))


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    return frozenset(COMMON.read_text("utf-8").split())
