"""What persons asked the sample company about their data, and what its privacy officer did since."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import MODELS, AnyCard, Office, PrivacyRequest
from services import clock
from services.privacy import answering, blocks, identity, register, saving_settings

SETTINGS: Mapping[str, Any] = {
    "regime": "QC",
    "person_in_charge": "Odile Bergeron",
    "person_email": "vie-privee@atelier-roy.example",
    "fiscal_year_end": "31-12",
    # The law asks for six years of issued documents; the office keeps them one more.
    "accounting": 7,
    "quote": 2,
    "contact": 2,
}


@dataclass(frozen=True)
class Task:
    """One step of a request: it comes in, its person is known, it is begun, answered or closed."""

    days: int
    key: str
    do: str
    by: str = "odile"
    values: Mapping[str, Any] = field(default_factory=dict)


def _asked(days: int, key: str, kind: str, channel: str, language: str, **whom: str) -> Task:
    """A request about the card `card` of `of`, or about somebody on no card, of whom only a `label` is known."""
    return Task(days, key, "ask", values={"kind": kind, "channel": channel, "language": language} | whom)


# fmt: off
TASKS: tuple[Task, ...] = (
    _asked(43, "roy", "withdrawal", "email", "fr", of="contact", card="Hélène Roy",
           notes="Ne veut plus recevoir nos communiqués."),
    Task(42, "roy", "identify", values={"method": "not_needed"}),
    Task(41, "roy", "begin"),
    Task(38, "roy", "answer", values={"outcome": "granted"}),
    Task(37, "roy", "close"),
    _asked(36, "dunn", "access", "phone", "en", label="Priscilla Dunn",
           notes="Gave neither an address nor an invoice number."),
    Task(24, "dunn", "answer", values={"outcome": "refused", "reasons": ("identity",)}),
    Task(23, "dunn", "close"),
    # Late: the thirty days of the law of Québec are over.
    _asked(24, "thibault", "correction", "phone", "fr", of="vendor", card="Jade Thibault",
           notes="A déménagé, sa nouvelle adresse suivra par courriel."),
    # Due within seven days.
    _asked(17, "oneill", "access", "letter", "en", of="customer", card="Margaret O’Neill"),
    Task(15, "oneill", "identify", values={"method": "document"}),
    Task(15, "oneill", "begin"),
    _asked(8, "hamel", "restriction", "in_person", "fr", of="customer", card="Gérald Hamel"),
    Task(8, "hamel", "identify", values={"method": "known"}),
    Task(7, "hamel", "block", values={"reason": "Ne veut aucun envoi tant que la garantie est discutée."}),
    _asked(3, "gauvreau", "erasure", "form", "fr", label="Bernard Gauvreau"),
)
# fmt: on


def prepare(session: Session, *, by: int) -> None:
    """Which law the office answers by, who is in charge, and how long it keeps what."""
    saving_settings.save(session, SETTINGS, by=by)


def take(session: Session, task: Task, asked: dict[str, PrivacyRequest], by: int) -> None:
    """Do one step; `asked` holds the requests by their keys."""
    if task.do == "ask":
        asked[task.key] = _ask(session, task.values, by)
        return
    request = asked[task.key]
    match task.do:
        case "identify":
            identity.record(session, request, task.values["method"], by=by)
        case "begin":
            answering.begin(session, request, by=by)
        case "block":
            card = session.get_one(MODELS[request.subject_kind], request.subject_id)
            blocks.add(session, card, "request", by=by, reason=task.values["reason"], request=request)
        case "answer":
            answering.answer(session, request, task.values["outcome"], task.values.get("reasons", ()), by=by)
        case "close":
            answering.close(session, request, by=by)


def _ask(session: Session, values: Mapping[str, str], by: int) -> PrivacyRequest:
    card: AnyCard | None = None
    if "card" in values:
        model = MODELS[values["of"]]
        card = session.scalars(select(model).where(model.name == values["card"])).one()
    return register.add(
        session,
        values["kind"],
        card=card,
        label=values.get("label", ""),
        channel=values["channel"],
        received_on=clock.today(session.get_one(Office, 1)),
        language=values["language"],
        notes=values.get("notes", ""),
        by=by,
    )
