"""The register seen as a whole: what is open, due and late, and all of it as rows of a file (Y-C4)."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from models import PrivacyRequest, User
from services.errors import Sentence
from services.privacy import answering, identity, regimes, register
from services.tables import Cell

SOON = timedelta(days=7)

VIEWS: dict[str, Sentence] = {
    "open": _l("Open requests"),
    "soon": _l("Due within 7 days"),
    "late": _l("Late"),
    "closed": _l("Closed this year"),
}
HEADINGS: tuple[Sentence, ...] = (
    _l("No."),
    _l("Kind"),
    _l("Channel"),
    _l("Law"),
    _l("Received"),
    _l("Due"),
    _l("Extended on"),
    _l("State"),
    _l("Identity checked by"),
    _l("Identity checked on"),
    _l("Answered"),
    _l("Outcome"),
    _l("Reasons"),
    _l("Closed"),
    _l("Record no."),
    _l("Person"),
    _l("Handled by"),
    _l("Repeats"),
)


def view(name: str, today: date) -> ColumnElement[bool]:
    """The requests of a view: open, due within seven days, late, or closed this year."""
    unanswered = PrivacyRequest.state.in_(register.UNANSWERED)
    if name == "open":
        return PrivacyRequest.state != "closed"
    if name == "soon":
        return unanswered & PrivacyRequest.due_on.between(today, today + SOON)
    if name == "late":
        return unanswered & (PrivacyRequest.due_on < today)
    return (PrivacyRequest.state == "closed") & (PrivacyRequest.closed_on >= date(today.year, 1, 1))


def urgency(today: date) -> ColumnElement[int]:
    """How much a request presses: late ones most, then those that are due within seven days."""
    return case((view("late", today), 2), (view("soon", today), 1), else_=0)


def counts(session: Session, today: date) -> dict[str, int]:
    """How many requests there are of each view, in one query."""
    columns = [func.count().filter(view(name, today)) for name in VIEWS]
    found = session.execute(select(*columns).select_from(PrivacyRequest)).one()
    return dict(zip(VIEWS, found, strict=True))


def rows(session: Session, say: Callable[[Sentence], str]) -> Iterator[list[Cell]]:
    """The whole register, oldest first, as rows of a file."""
    names = dict(session.execute(select(User.id, User.name)).all())
    numbers = dict(session.execute(select(PrivacyRequest.id, PrivacyRequest.no)).all())
    for one in session.scalars(select(PrivacyRequest).order_by(PrivacyRequest.id)):
        yield [
            one.no,
            say(register.KINDS[one.kind]),
            say(register.CHANNELS.get(one.channel, one.channel)),
            say(regimes.REGIMES[one.regime].name),
            one.received_on,
            one.due_on,
            one.extended_on,
            say(register.STATES[one.state]),
            say(identity.METHODS.get(one.identity_method, one.identity_method)),
            one.identity_on,
            one.answered_on,
            say(answering.OUTCOMES.get(one.outcome, one.outcome)),
            "\n".join(say(regimes.REASONS[code].sentence) for code in one.reasons if code in regimes.REASONS),
            one.closed_on,
            one.subject_no,
            one.subject_label,
            names.get(one.handler_id or 0, ""),
            numbers.get(one.repeat_of_id or 0, ""),
        ]
