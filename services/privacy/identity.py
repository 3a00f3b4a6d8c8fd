"""The identity check of a request: how it was made, on which day, by whom (Y-D1).

A code goes to an address that is on file, never to one that came with the request. A document is looked at
and not stored. What was changed lately needs a second look: who can change an address can also ask.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from models import MODELS, AnyCard, HistoryEntry, Office, PrivacyRequest
from models.base import now
from services import clock
from services.errors import Invalid, Refused, Sentence
from services.privacy import register
from services.text import digits

METHODS: dict[str, Sentence] = {
    "code": _l("Code sent to an address on file"),
    "known": _l("Known in person"),
    "call_back": _l("Called back on a number on file"),
    "document": _l("Document seen, not stored"),
    "not_needed": _l("Not needed for this kind of request"),
}
# Kinds by which nobody learns or loses anything: they can be answered to whoever asks.
FREE_KINDS = ("objection", "withdrawal", "complaint")
RECENT = timedelta(days=14)
CODE_DIGITS = 8
CODE_LASTS = timedelta(hours=24)
MOST_TRIES = 5
# A code is short: guessing it from what is stored must take long.
_COST = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}

SECOND_LOOK = _l(
    "E-mail or phone of this person was changed within the last 14 days. Make sure that the person asked for that"
    " change, then confirm that you did."
)


@dataclass(frozen=True)
class Channel:
    """An e-mail address or a phone number on file, and whether it was changed lately."""

    kind: str
    value: str
    recent: bool


def channels(session: Session, request: PrivacyRequest) -> list[Channel]:
    """The addresses and numbers that are on file for the person of a request."""
    found: dict[tuple[str, str], bool] = {}
    cards = _cards(session, request)
    changed = _changed_lately(session, cards)
    for card in cards:
        for name in ("email", "email2", "phone", "mobile"):
            value = getattr(card, name, "")
            if value:
                key = ("email" if name.startswith("email") else "phone", value)
                found[key] = found.get(key, False) or (card.KIND, card.id, name) in changed
    return [Channel(kind, value, recent) for (kind, value), recent in found.items()]


def needs_second_look(session: Session, request: PrivacyRequest, method: str, address: str = "") -> bool:
    """Whether what the check goes by was changed within the last 14 days."""
    kind = {"code": "email", "call_back": "phone"}.get(method)
    return any(
        one.recent
        for one in channels(session, request)
        if one.kind == kind and (not address or one.value == address)
    )


def record(
    session: Session,
    request: PrivacyRequest,
    method: str,
    *,
    by: int | None,
    second_look: bool = False,
) -> None:
    """Note that the identity was checked by a method other than a code, today; the request is then verified."""
    _check_open(request)
    if method not in methods(request):
        raise Invalid({"method": _l("Choose how the identity was checked.")})
    if method == "call_back" and not any(one.kind == "phone" for one in channels(session, request)):
        raise Invalid({"method": _l("There is no phone number on file for this person.")})
    if needs_second_look(session, request, method) and not second_look:
        raise Invalid({"second_look": SECOND_LOOK})
    _verified(session, request, method, by=by)


def methods(request: PrivacyRequest) -> dict[str, Sentence]:
    """How the identity can be checked for a request, besides a code."""
    left_out = {"code"} if request.kind in FREE_KINDS else {"code", "not_needed"}
    if request.subject_id is None:
        left_out.add("call_back")
    return {name: words for name, words in METHODS.items() if name not in left_out}


def make_code(
    session: Session, request: PrivacyRequest, address: str, *, by: int | None, second_look: bool = False
) -> str:
    """A new code for an address on file, good for a day and five tries; the former one is void.

    It is kept as a hash: the caller mails it and forgets it.
    """
    _check_open(request)
    if address not in {one.value for one in channels(session, request) if one.kind == "email"}:
        raise Invalid({"address": _l("Choose an address that is on file for this person.")})
    if needs_second_look(session, request, "code", address) and not second_look:
        raise Invalid({"second_look": SECOND_LOOK})
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    request.code_hash = _hash(request, code)
    request.code_until, request.code_tries = now() + CODE_LASTS, 0
    register.step(session, request, "code", by=by)
    return code


def try_code(session: Session, request: PrivacyRequest, typed: str, *, by: int | None) -> bool:
    """Whether the code that the person told is the one that was sent; each try counts and must be committed."""
    _check_open(request)
    if not has_code(request):
        raise Refused(_l("There is no code that could still be used. Send a new one."))
    request.code_tries += 1
    if not secrets.compare_digest(request.code_hash, _hash(request, digits(typed))):
        if request.code_tries >= MOST_TRIES:
            _forget_code(request)
        session.flush()
        return False
    _forget_code(request)
    _verified(session, request, "code", by=by)
    return True


def has_code(request: PrivacyRequest) -> bool:
    """Whether a code is out that can still be used."""
    return bool(request.code_hash) and request.code_until is not None and request.code_until > now()


def is_checked(request: PrivacyRequest) -> bool:
    """Whether the identity of who asked was checked."""
    return request.identity_on is not None


def check(request: PrivacyRequest) -> None:
    """Raise Refused unless the identity was checked: before an answer to the person, and before an erasure."""
    if not is_checked(request):
        raise Refused(
            _l("The identity of who asks was not checked yet. Do that first."),
            link=(("privacy.show_request", {"id": request.id}), _l("Open the request")),
        )


# -- helpers ------------------------------------------------------------------------------------------


def _check_open(request: PrivacyRequest) -> None:
    if is_checked(request):
        raise Refused(_l("The identity was checked already."))
    register.check_unanswered(request)


def _verified(session: Session, request: PrivacyRequest, method: str, *, by: int | None) -> None:
    request.identity_method, request.identity_by = method, by
    request.identity_on = clock.today(session.get_one(Office, 1))
    request.state = "verified"
    _forget_code(request)
    register.step(session, request, "identity", by=by, proof_kind="method", proof=method)
    register.note(session, request, "identity_checked", by=by)


def _forget_code(request: PrivacyRequest) -> None:
    request.code_hash, request.code_until, request.code_tries = "", None, 0


def _hash(request: PrivacyRequest, code: str) -> str:
    return hashlib.scrypt(code.encode(), salt=request.no.encode(), **_COST).hex()


def _cards(session: Session, request: PrivacyRequest) -> list[AnyCard]:
    """The cards of the person, while they are there."""
    model = MODELS.get(request.subject_kind)
    card = session.get(model, request.subject_id) if model is not None else None
    if card is None:
        return []
    return register.own_cards(session, card)


def _changed_lately(session: Session, cards: list[AnyCard]) -> set[tuple[str, int, str]]:
    keys = [(card.KIND, card.id) for card in cards]
    query = select(HistoryEntry.kind, HistoryEntry.record_id, HistoryEntry.field).where(
        tuple_(HistoryEntry.kind, HistoryEntry.record_id).in_(keys),
        HistoryEntry.action == "changed",
        HistoryEntry.field.in_(("email", "email2", "phone", "mobile")),
        HistoryEntry.at > now() - RECENT,
    )
    return {(kind, record_id, field) for kind, record_id, field in session.execute(query)} if keys else set()
