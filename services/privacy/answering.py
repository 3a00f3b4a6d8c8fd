"""From a checked identity to a closed request: extending, answering, closing; no state is skipped (Y-C5)."""

from collections.abc import Collection
from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from models import Office, PrivacyRequest
from services import clock
from services.errors import Invalid, Refused, Sentence
from services.privacy import identity, regimes, register, settings
from services.text import TextProblem, clean

OUTCOMES: dict[str, Sentence] = {
    "granted": _l("Granted"),
    "partly": _l("Partly granted"),
    "refused": _l("Refused in whole"),
}
REASON_LIMIT = 200
_STILL_TO_CHECK = _l("The identity of who asks was not checked yet. Do that first.")


def begin(session: Session, request: PrivacyRequest, *, by: int | None) -> None:
    """Put a request in progress, once the identity was checked."""
    if request.state == "received":
        raise Refused(_STILL_TO_CHECK)
    if request.state != "verified":
        raise Refused(_l("This request was begun already."))
    request.state = "in_progress"
    register.step(session, request, "begun", by=by)
    register.note(session, request, "request_begun", by=by)


def can_extend(request: PrivacyRequest, today: date) -> bool:
    """Whether the law knows an extension, and it was not used and is not too late."""
    return regimes.can_extend(request.regime) and request.extended_on is None and today <= request.due_on


def extend(session: Session, request: PrivacyRequest, reason: str, *, by: int | None) -> None:
    """Extend the deadline, with the reason that the person is told before it is over."""
    register.check_unanswered(request)
    today = clock.today(session.get_one(Office, 1))
    try:
        said = clean(reason, limit=REASON_LIMIT)
    except TextProblem as problem:
        raise Invalid({"reason": problem.message}) from problem
    if not regimes.can_extend(request.regime):
        raise Invalid(
            {"reason": _l("This law knows no extension: the answer is due on the day that is shown.")}
        )
    if request.extended_on is not None:
        raise Invalid({"reason": _l("The deadline was extended already; a second time is not possible.")})
    if today > request.due_on:
        raise Invalid({"reason": _l("The deadline is over: it can no longer be extended.")})
    if not said:
        raise Invalid({"reason": _l("Enter the reason. The person must be told it.")})
    request.extended_on, request.extension_reason = today, said
    chosen = settings.present(session)
    request.due_on = regimes.extended(
        request.regime, request.received_on, next_working_day=chosen.next_working_day
    )
    register.step(session, request, "extended", by=by, proof_kind="due", proof=request.due_on.isoformat())
    register.note(session, request, "request_extended", by=by, fields=("due_on",))


def answer(
    session: Session, request: PrivacyRequest, outcome: str, reasons: Collection[str], *, by: int | None
) -> None:
    """Note how a request was answered; what is not wholly granted needs a reason that the law knows.

    Who could not be identified is refused for that reason alone, from the beginning; nothing else goes past
    the identity check.
    """
    register.check_unanswered(request)
    if outcome not in OUTCOMES:
        raise Invalid({"outcome": _l("Choose how the request is answered.")})
    known = regimes.reasons(request.regime)
    chosen = [code for code in known if code in reasons]
    unidentified = outcome == "refused" and chosen == ["identity"]
    if not identity.is_checked(request) and not unidentified:
        raise Refused(_STILL_TO_CHECK)
    if request.state == "verified":
        raise Refused(_l("Begin with the request before you answer it."))
    if set(reasons) - set(known):
        raise Invalid({"reasons": _l("This reason is not one of the law by which the request is answered.")})
    if outcome != "granted" and not chosen:
        raise Invalid({"reasons": _l("Choose at least one reason: the person must be told why.")})
    if outcome == "granted" and chosen:
        raise Invalid(
            {"reasons": _l("What is granted needs no reason. Choose “partly” if something was not given.")}
        )
    request.outcome, request.reasons = outcome, chosen
    request.state = "answered"
    request.answered_on = clock.today(session.get_one(Office, 1))
    register.step(session, request, "answered", by=by, proof_kind="outcome", proof=outcome)
    register.note(session, request, "request_answered", by=by)


def close(session: Session, request: PrivacyRequest, *, by: int | None) -> None:
    """Close an answered request; nothing is changed in it any more."""
    if request.state == "closed":
        raise Refused(_l("This request was closed already."))
    if request.state != "answered":
        raise Refused(
            _l("This request was not answered yet. Note the answer first.")
            if identity.is_checked(request)
            else _STILL_TO_CHECK
        )
    request.state = "closed"
    request.closed_on = clock.today(session.get_one(Office, 1))
    register.step(session, request, "closed", by=by)
    register.note(session, request, "request_closed", by=by)
