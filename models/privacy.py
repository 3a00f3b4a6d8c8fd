"""The privacy desk: requests of persons, blocks for privacy, exports, proofs of erasure, and the permanent trail.

Nothing here has a foreign key to a card: a request, its steps and its proof outlive the person they are about.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, false
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.base import (
    NEVER_REUSED,
    NOT_PERSONAL,
    SECRET,
    UtcDateTime,
    long_text,
    now,
    one_of,
    privacy,
    staff,
    text,
    user_key,
)

REQUEST_KINDS = (
    "access",
    "portability",
    "correction",
    "erasure",
    "restriction",
    "objection",
    "withdrawal",
    "deindexing",
    "complaint",
)
REQUEST_STATES = ("received", "verified", "in_progress", "answered", "closed")
REGIMES = ("QC", "CA", "EU")

# Whom a row is about: the card that it names, by one of two names, or whom its request is about.
_WHOM = "subject_kind,subject_id"
_RECORD = "kind,record_id"
_REQUEST = "request_id"


def _kept(export: str, *, subject: str = _WHOM) -> dict[str, Any]:
    """Facts of what proves that a request was answered: kept under the number of the record alone."""
    return privacy(
        "business", "keep_pseudonym", subject=subject, export=export, basis="legal", retention="register"
    )


def _about(export: str, *, subject: str = _WHOM) -> dict[str, Any]:
    """Facts of what names or describes the person: emptied when the person is erased."""
    return privacy("personal", "null", subject=subject, export=export, basis="legal", retention="register")


def _request_key() -> Mapped[int]:
    """A reference to the request that something was done for."""
    info = _kept("no", subject=_REQUEST)
    return mapped_column(ForeignKey("privacy_requests.id"), index=True, nullable=False, info=info)


def _moment(export: str, subject: str) -> Mapped[datetime]:
    """When the row was written."""
    return mapped_column(UtcDateTime, default=now, nullable=False, info=_kept(export, subject=subject))


def _card_kind(subject: str) -> Mapped[str]:
    """The kind of a card, without a foreign key."""
    return mapped_column(String(20), nullable=False, info=_kept("record type", subject=subject))


def _card_id(subject: str) -> Mapped[int]:
    """The id of a card, without a foreign key."""
    return mapped_column(Integer, nullable=False, info=_kept("record", subject=subject))


class PrivacyRequest(Base):
    """What a person asked about their data, when it is due, and how it was answered."""

    __tablename__ = "privacy_requests"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    # PR-2026-007: the year it was received, and its place in it.
    no: Mapped[str] = mapped_column(String(20), unique=True, nullable=False, info=_kept("no"))
    version: Mapped[int] = mapped_column(Integer, nullable=False, default=1, info=NOT_PERSONAL)
    kind: Mapped[str] = mapped_column(String(20), nullable=False, info=_kept("type"))
    channel: Mapped[str] = text(20, _kept("channel"))
    regime: Mapped[str] = mapped_column(String(2), nullable=False, info=_kept("regime"))
    received_on: Mapped[date] = mapped_column(Date, nullable=False, info=_kept("received"))
    due_on: Mapped[date] = mapped_column(Date, nullable=False, index=True, info=_kept("due"))
    state: Mapped[str] = mapped_column(String(20), default="received", nullable=False, info=_kept("state"))
    outcome: Mapped[str] = text(10, _kept("outcome"))
    # Codes of `services.privacy.regimes`: why it was refused, or answered in part only.
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list, nullable=False, info=_kept("reason"))
    # The card that it is about, while it is known; the label serves a person who is on no card yet.
    subject_kind: Mapped[str] = text(20, _kept("record type"))
    subject_id: Mapped[int | None] = mapped_column(Integer, info=_kept("record"))
    subject_no: Mapped[str] = text(20, _kept("record no."))
    subject_label: Mapped[str] = text(100, _about("subject"))
    language: Mapped[str] = text(5, _kept("language"))
    handler_id: Mapped[int | None] = user_key(staff("handler"))
    notes: Mapped[str] = long_text(_about("notes"))

    extended_on: Mapped[date | None] = mapped_column(Date, info=_kept("extended on"))
    extension_reason: Mapped[str] = text(200, _about("extension reason"))

    # code, known, call_back or document; a document is looked at and never stored.
    identity_method: Mapped[str] = text(20, _kept("identity method"))
    identity_on: Mapped[date | None] = mapped_column(Date, info=_kept("identity checked on"))
    identity_by: Mapped[int | None] = user_key(staff("identity checked by"))
    code_hash: Mapped[str] = text(64, SECRET)
    code_until: Mapped[datetime | None] = mapped_column(UtcDateTime, info=NOT_PERSONAL)
    code_tries: Mapped[int] = mapped_column(Integer, default=0, nullable=False, info=NOT_PERSONAL)

    # An identical request of the last twelve months: said, and never a reason to skip a step.
    repeat_of_id: Mapped[int | None] = mapped_column(ForeignKey("privacy_requests.id"), info=_kept("repeats"))
    answered_on: Mapped[date | None] = mapped_column(Date, info=_kept("answered"))
    closed_on: Mapped[date | None] = mapped_column(Date, info=_kept("closed"))
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, info=_kept("created")
    )
    created_by: Mapped[int | None] = user_key(staff("created by"))

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint(one_of("kind", REQUEST_KINDS), name="kind"),
        CheckConstraint(one_of("state", REQUEST_STATES), name="state"),
        Index("ix_privacy_requests_state_due_on", "state", "due_on"),
        Index("ix_privacy_requests_subject", "subject_kind", "subject_id"),
        NEVER_REUSED,
    )


class PrivacyStep(Base):
    """Something that was done for a request: codes and references to proofs, never a personal value."""

    __tablename__ = "privacy_steps"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    request_id: Mapped[int] = _request_key()
    at: Mapped[datetime] = _moment("date-time", _REQUEST)
    by_id: Mapped[int | None] = user_key(staff("actor"))
    # received, identity, extended, begun, exported, sent, corrected, erased, blocked, lifted, answered, closed…
    action: Mapped[str] = mapped_column(String(30), nullable=False, info=_kept("event", subject=_REQUEST))
    # What proves it: the kind of record and its id, such as export 12, erasure 3, or a history mark.
    proof_kind: Mapped[str] = text(20, _kept("proof", subject=_REQUEST))
    proof: Mapped[str] = text(64, _kept("proof", subject=_REQUEST))


class PrivacyBlock(Base):
    """A reason why nothing new is done with a card; several can hold at once, and each is lifted by itself."""

    __tablename__ = "privacy_blocks"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    kind: Mapped[str] = _card_kind(_RECORD)
    record_id: Mapped[int] = _card_id(_RECORD)
    # request, erasure, accuracy, unlawful, needed_for_claims, objection, withdrawal: `services.privacy.blocks`.
    ground: Mapped[str] = mapped_column(String(20), nullable=False, info=_kept("ground", subject=_RECORD))
    reason: Mapped[str] = text(200, _about("reason", subject=_RECORD))
    request_id: Mapped[int | None] = mapped_column(
        ForeignKey("privacy_requests.id"), index=True, info=_kept("request", subject=_RECORD)
    )
    since: Mapped[datetime] = _moment("since", _RECORD)
    by_id: Mapped[int | None] = user_key(staff("blocked by"))
    # The last day it holds by itself, and the day to look at it again.
    until: Mapped[date | None] = mapped_column(Date, info=_kept("until", subject=_RECORD))
    review_on: Mapped[date | None] = mapped_column(Date, info=_kept("review", subject=_RECORD))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info=_kept("lifted", subject=_RECORD))
    lifted_by: Mapped[int | None] = user_key(staff("lifted by"))
    lift_reason: Mapped[str] = text(200, _about("lifted because", subject=_RECORD))
    # The person was told before a restriction was lifted (GDPR art. 18(3)).
    told_before: Mapped[bool] = mapped_column(
        Boolean, default=False, nullable=False, info=_kept("told", subject=_RECORD)
    )

    __table_args__ = (Index("ix_privacy_blocks_kind_record_id", "kind", "record_id"), NEVER_REUSED)


class PrivacyExport(Base):
    """A workbook or package made for a request; the file itself stands in the data folder for a few days."""

    __tablename__ = "privacy_exports"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    request_id: Mapped[int] = _request_key()
    # What was asked for: the cards, the sheets and rows left out with their reasons, language, form.
    selection: Mapped[dict[str, Any]] = mapped_column(
        JSON, default=dict, nullable=False, info=_about("selection", subject=_REQUEST)
    )
    # The state of the data that was looked at; other data at the time of making is refused.
    digest: Mapped[str] = text(64, NOT_PERSONAL)
    # xlsx or zip; waiting, made, sent, downloaded, changed or gone.
    form: Mapped[str] = mapped_column(
        String(4), default="xlsx", nullable=False, info=_kept("form", subject=_REQUEST)
    )
    state: Mapped[str] = mapped_column(
        String(12), default="waiting", nullable=False, info=_kept("state", subject=_REQUEST)
    )
    file_name: Mapped[str] = text(80, _kept("file", subject=_REQUEST))
    size: Mapped[int] = mapped_column(Integer, default=0, nullable=False, info=NOT_PERSONAL)
    sha256: Mapped[str] = text(64, NOT_PERSONAL)
    sheets: Mapped[dict[str, int]] = mapped_column(
        JSON, default=dict, nullable=False, info=_kept("sheets", subject=_REQUEST)
    )
    job_id: Mapped[int | None] = mapped_column(Integer, info=NOT_PERSONAL)
    outbox_id: Mapped[int | None] = mapped_column(Integer, info=NOT_PERSONAL)
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=now, nullable=False, index=True, info=_kept("made", subject=_REQUEST)
    )
    created_by: Mapped[int | None] = user_key(staff("made by"))


class PrivacyErasure(Base):
    """The proof of an erasure: what went, what stayed and until when, in counts and codes alone."""

    __tablename__ = "privacy_erasures"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    request_id: Mapped[int] = _request_key()
    at: Mapped[datetime] = _moment("date-time", _REQUEST)
    by_id: Mapped[int | None] = user_key(staff("actor"))
    report: Mapped[dict[str, Any]] = mapped_column(
        JSON, default=dict, nullable=False, info=_kept("report", subject=_REQUEST)
    )
    sha256: Mapped[str] = text(64, NOT_PERSONAL)


class NotTheSame(Base):
    """Two cards that look like one person and are not: somebody looked, and the search keeps them apart."""

    __tablename__ = "privacy_not_the_same"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    kind: Mapped[str] = _card_kind(_RECORD)
    record_id: Mapped[int] = _card_id(_RECORD)
    other_kind: Mapped[str] = _card_kind("other_kind,other_id")
    other_id: Mapped[int] = _card_id("other_kind,other_id")
    at: Mapped[datetime] = _moment("date-time", _RECORD)
    by_id: Mapped[int | None] = user_key(staff("actor"))

    __table_args__ = (Index("ix_privacy_not_the_same_kind_record_id", "kind", "record_id"),)


class TrailEntry(Base):
    """One line of the permanent trail: who did what to which record, chained to the line before, without a value."""

    __tablename__ = "trail"

    # 1, 2, 3 …: a number that is missing is a line that was removed.
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, info=NOT_PERSONAL)
    at: Mapped[datetime] = _moment("date-time", _RECORD)
    # A number and no reference: the trail outlives the account.
    actor_id: Mapped[int | None] = mapped_column(Integer, info=staff("actor", subject="actor_id"))
    role: Mapped[str] = text(40, _kept("actor role", subject=_RECORD))
    action: Mapped[str] = mapped_column(String(40), nullable=False, info=_kept("event", subject=_RECORD))
    kind: Mapped[str] = text(20, _kept("object", subject=_RECORD))
    record_id: Mapped[int | None] = mapped_column(Integer, info=_kept("object", subject=_RECORD))
    # Names of fields, and counts by table: never what stood in them.
    fields: Mapped[list[str]] = mapped_column(
        JSON, default=list, nullable=False, info=_kept("fields", subject=_RECORD)
    )
    counts: Mapped[dict[str, int]] = mapped_column(
        JSON, default=dict, nullable=False, info=_kept("counts", subject=_RECORD)
    )
    request_no: Mapped[str] = text(20, _kept("request", subject=_RECORD))
    previous: Mapped[str] = text(64, NOT_PERSONAL)
    digest: Mapped[str] = mapped_column(String(64), nullable=False, info=NOT_PERSONAL)

    __table_args__ = (Index("ix_trail_kind_record_id", "kind", "record_id"),)


class TrailHead(Base):
    """The single row that says where the trail ends: writers lock it, and lines cut off at the end are missed."""

    __tablename__ = "trail_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, info=NOT_PERSONAL)
    last: Mapped[int] = mapped_column(Integer, nullable=False, info=NOT_PERSONAL)
    digest: Mapped[str] = text(64, NOT_PERSONAL)


class PrivacySettings(Base):
    """The single row that says by which law the office answers, who is in charge, and when its year ends."""

    __tablename__ = "privacy_settings"

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    regime: Mapped[str] = text(2, NOT_PERSONAL)
    person_in_charge: Mapped[str] = text(100, staff("name", subject="id", erase="placeholder"))
    person_email: Mapped[str] = text(254, staff("e-mail", subject="id", erase="placeholder"))
    # The last day of the fiscal year, such as 12-31 or 03-31.
    fiscal_year_end: Mapped[str] = text(5, NOT_PERSONAL)
    # Whether a deadline that falls on a weekend goes on to the next working day (Regulation 1182/71).
    next_working_day: Mapped[bool] = mapped_column(
        Boolean, default=False, server_default=false(), nullable=False, info=NOT_PERSONAL
    )
    # Years by category of `services.privacy.retention`, where the office keeps longer than the law asks.
    years: Mapped[dict[str, int]] = mapped_column(JSON, default=dict, nullable=False, info=NOT_PERSONAL)
