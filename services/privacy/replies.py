"""Letters to the person: that the request arrived, that it takes longer, and the answer with its reasons (Y-C5).

The caller puts the person's language in force before it asks for a letter.
"""

from collections.abc import Callable
from datetime import date

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from models import Office, PrivacyRequest
from services import formats
from services.privacy import regimes, settings

# What was asked for, as the letter says it.
_ASKED: dict[str, Callable[[], str]] = {
    "access": lambda: _("to have access to your personal data"),
    "portability": lambda: _("to receive your personal data in a form that you can pass on"),
    "correction": lambda: _("to have your personal data corrected"),
    "erasure": lambda: _("to have your personal data erased"),
    "restriction": lambda: _("to have the use of your personal data restricted"),
    "objection": lambda: _("that we stop using your personal data"),
    "withdrawal": lambda: _("to withdraw your consent"),
    "deindexing": lambda: _("that links to your personal data be removed"),
    "complaint": lambda: _("that we look into your complaint about your personal data"),
}


def subject(request: PrivacyRequest) -> str:
    """The subject of every letter about a request: its number alone."""
    return _("Request %(no)s", no=request.no)


def letter(session: Session, request: PrivacyRequest, locale: str) -> str:
    """The letter that the state of the request calls for, in the language in force."""
    office = session.get_one(Office, 1)
    paragraphs = [
        _("Good day,"),
        _(
            "On %(day)s we received your request %(asked)s. Its number is %(no)s.",
            day=_day(request.received_on, locale),
            asked=_ASKED[request.kind](),
            no=request.no,
        ),
        *(_answer(request, locale) if request.outcome else _waiting(request, locale)),
        _signature(session, office),
    ]
    return "\n\n".join(paragraphs)


def code_letter(request: PrivacyRequest, code: str) -> str:
    """The letter with the code by which the person shows that the address is theirs; it names nobody."""
    return "\n\n".join(
        [
            _("Good day,"),
            _("This code confirms your request %(no)s:", no=request.no),
            code,
            _(
                "Tell it to the person who handles your request. It is good for 24 hours. If you asked for nothing,"
                " tell it to nobody and let us know."
            ),
        ]
    )


def _waiting(request: PrivacyRequest, locale: str) -> list[str]:
    last = _day(request.due_on, locale)
    if request.extended_on is None:
        paragraphs = [_("We will answer no later than %(day)s.", day=last)]
    else:
        paragraphs = [
            _(
                "We need more time: you will have our answer no later than %(day)s. The reason is: %(reason)s",
                day=last,
                reason=request.extension_reason,
            ),
            _recourse(request),
        ]
    if request.identity_on is None:
        paragraphs.append(
            _(
                "Before that we make sure that the request comes from you. We may get in touch with you for it."
            )
        )
    return paragraphs


def _answer(request: PrivacyRequest, locale: str) -> list[str]:
    if request.outcome == "granted":
        return [_("We have done what you asked for.")]
    said = (
        _("We have done part of what you asked for. The rest we cannot do, for these reasons:")
        if request.outcome == "partly"
        else _("We cannot do what you asked for, for these reasons:")
    )
    return [said, "\n".join(_reason(request.regime, code) for code in request.reasons), _recourse(request)]


def _reason(regime: str, code: str) -> str:
    reason = regimes.REASONS[code]
    return f"– {reason.sentence} ({reason.law[regime]})"


def _recourse(request: PrivacyRequest) -> str:
    return str(regimes.REGIMES[request.regime].recourse)


def _signature(session: Session, office: Office) -> str:
    chosen = settings.present(session)
    lines = (
        [chosen.person_in_charge, _("Person in charge of personal data")] if chosen.person_in_charge else []
    )
    return "\n".join([*lines, office.name, *filter(None, [chosen.person_email or office.email])])


def _day(day: date, locale: str) -> str:
    return formats.format_date(day, locale, "long")
