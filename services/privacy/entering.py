"""Entering a request that reached the office, and correcting who handles it and whom it is about (Y-C1)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import MODELS, AnyCard, Office, PrivacyRequest, User
from services import clock
from services.errors import Invalid, Refused
from services.privacy import regimes, register, settings
from services.text import TextProblem, clean

LABEL_LIMIT, NOTES_LIMIT, NO_LIMIT = 100, 2000, 20
# Older ones are entered too, but rarely on purpose.
OLD_YEARS = 5
LANGUAGES = ("en", "fr")


def enter(session: Session, values: Mapping[str, Any], *, by: int | None) -> PrivacyRequest:
    """Enter a request; raises Invalid with a sentence for each field that is wrong.

    values: kind, channel, received_on, card_no, label, language, regime, handler_id, notes and confirm_old. The
    person may be unknown to Carnet: a label is enough.
    """
    errors: dict[str, Any] = {}
    if values["kind"] not in register.KINDS:
        errors["kind"] = _l("Choose what is asked for.")
    if values["channel"] not in register.CHANNELS:
        errors["channel"] = _l("Choose how the request reached the office.")
    today = clock.today(session.get_one(Office, 1))
    errors |= _errors_of_day(values["received_on"], today, confirmed=bool(values.get("confirm_old")))
    regime = values.get("regime") or regimes.of_office(session.get_one(Office, 1), settings.present(session))
    if regime not in regimes.REGIMES:
        errors["regime"] = _l("Choose the law by which the request is answered.")
    common = _common(session, values, errors)
    if errors:
        raise Invalid(errors)
    return register.add(
        session,
        values["kind"],
        channel=values["channel"],
        received_on=values["received_on"],
        regime=regime,
        by=by,
        **{name: value for name, value in common.items() if name != "card_no"},
    )


def change(session: Session, request: PrivacyRequest, values: Mapping[str, Any]) -> None:
    """Correct the person, the language, the handler and the notes of a request that is not closed."""
    if request.state == "closed":
        raise Refused(_l("This request was closed: nothing in it changes any more."))
    errors: dict[str, Any] = {}
    common = _common(session, values, errors, kept_no=request.subject_no)
    card = common["card"]
    key = (card.KIND, card.id) if card is not None else ("", None)
    if common["card_no"] and common["card_no"] == request.subject_no:
        # The card itself may be gone since, with the person who was on it.
        key = (request.subject_kind, request.subject_id)
    if request.state != "received" and key != (request.subject_kind, request.subject_id):
        # The identity of one person says nothing about another.
        errors["card_no"] = _l(
            "The identity was checked for this person. Enter another request for another person."
        )
    if errors:
        raise Invalid(errors)
    if key != (request.subject_kind, request.subject_id):
        request.code_hash, request.code_until = "", None
        request.subject_kind, request.subject_id = key
        request.subject_no = card.no if card is not None else ""
        request.subject_label = card.name if card is not None else common["label"]
    elif not request.subject_no:
        request.subject_label = common["label"]
    request.language, request.handler_id = common["language"], common["handler_id"]
    request.notes = common["notes"]


def card_of(session: Session, no: str) -> AnyCard | None:
    """The card with this number, whatever its kind; None when there is none."""
    wanted = no.strip().upper()
    for model in MODELS.values():
        found: AnyCard | None = session.scalar(select(model).where(func.upper(model.no) == wanted))
        if found is not None:
            return found
    return None


def handlers(session: Session) -> dict[int, str]:
    """Who can handle a request: the active privacy officers, by name."""
    query = select(User.id, User.name).where(User.active, User.is_privacy_officer).order_by(User.name)
    return dict(session.execute(query).all())


def _errors_of_day(day: date | None, today: date, *, confirmed: bool) -> dict[str, Any]:
    if day is None:
        return {"received_on": _l("Enter the day on which the request was received.")}
    if day > today:
        return {
            "received_on": _l("This day has not come yet. Enter the day on which the request was received.")
        }
    if day < regimes.months_before(today, 12 * OLD_YEARS) and not confirmed:
        return {
            "confirm_old": _l(
                "This is more than five years ago. If the day is right, tick the box and save again."
            )
        }
    return {}


def _common(
    session: Session, values: Mapping[str, Any], errors: dict[str, Any], *, kept_no: str = ""
) -> dict[str, Any]:
    """What can be corrected later too, checked; the errors are added to `errors`."""
    texts: dict[str, str] = {}
    for name, limit in (("card_no", NO_LIMIT), ("label", LABEL_LIMIT), ("notes", NOTES_LIMIT)):
        try:
            texts[name] = clean(values.get(name), limit=limit, multiline=name == "notes")
        except TextProblem as problem:
            errors[name] = problem.message
            texts[name] = ""
    card = card_of(session, texts["card_no"]) if texts["card_no"] else None
    if texts["card_no"] and card is None and texts["card_no"] != kept_no:
        errors["card_no"] = _l("There is no card with this number.")
    elif not texts["card_no"] and not texts["label"] and not {"card_no", "label"} & set(errors):
        errors["label"] = _l("Enter the number of the card, or the name that was given.")
    if values["language"] not in LANGUAGES:
        errors["language"] = _l("Choose the language of the answer.")
    handler_id = values.get("handler_id")
    if handler_id is not None and handler_id not in handlers(session):
        errors["handler_id"] = _l("Choose a privacy officer.")
    return {
        "card": card,
        "card_no": texts["card_no"],
        "label": texts["label"],
        "language": values["language"],
        "handler_id": handler_id,
        "notes": texts["notes"],
    }
