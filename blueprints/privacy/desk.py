"""The privacy desk: looking for a person, and everything that Carnet knows about them (Y-B).

What is looked for never stands in an address: it is sent in a form, and the answer is the page itself.
"""

from datetime import date, datetime
from typing import Any

from flask import Response, abort, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import select

from blueprints.common import cards, htmx, pages, privacy_section
from blueprints.common.access import access
from blueprints.common.card_forms import whole
from blueprints.common.record_types import BY_ADDRESS
from blueprints.privacy import shown, tasks
from blueprints.privacy.deleting import KIND, blueprint
from extensions import db
from models import MODELS, AnyCard, OutboxMessage, PrivacyRequest
from services import clock
from services.documents.kinds import KINDS
from services.errors import Invalid, Refused, Sentence
from services.mail import outbox
from services.privacy import counting, dossier, mentions, retention, searching, summary, words
from services.privacy.mentions import Mention
from services.privacy.registry import MODULES, Dossier

# So many mentions, cards or addresses stand on a page; their number is always told.
PAGE = 100

FIELDS: dict[str, Sentence] = {
    "notes": _l("Notes"),
    "contact_person": _l("Contact person"),
    "subject": _l("Subject"),
    "intro": _l("Text above the lines"),
    "body": _l("Text"),
    "description": _l("Description of a line"),
    "label": _l("Imported row"),
}

CARDS: dict[str, Sentence] = {
    "contact": _l("Contact"),
    "customer": _l("Customer"),
    "vendor": _l("Vendor"),
    "bank_account": _l("Bank account"),
}


@blueprint.get("/privacy")
@access("privacy_desk")
def desk() -> Response:
    return _desk()


@blueprint.post("/privacy")
@access("privacy_desk", own_transaction=True, limit="search")
def search() -> Response:
    typed = request.form.get("q", "")
    try:
        return _desk(typed, searching.find(db.session(), typed))
    except Invalid as problem:
        return _desk(typed, errors=problem.errors, status=422)


@blueprint.post("/privacy/not-the-same")
@access("privacy_desk")
def not_the_same() -> Response:
    typed, (kind, _sign, id_) = request.form.get("q", ""), request.form.get("card", "").rpartition("-")
    card_id = whole(id_)
    if kind not in MODELS or card_id is None:
        abort(400)
    try:
        searching.keep_apart(db.session(), typed, (kind, card_id), by=current_user.id)
    except Refused as refusal:
        db.session.rollback()
        found = searching.find(db.session(), typed)
        return _desk(typed, found, errors={"": [refusal.message]}, status=409)
    return _desk(typed, searching.find(db.session(), typed), split=True)


@blueprint.get(f"/{KIND}/<int:id>/privacy")
@access("privacy_desk")
def show_dossier(kind: str, id: int) -> str:
    record = cards.load(BY_ADDRESS[kind], id)
    found = _collect(record)
    addresses = summary.recipients(db.session(), found)
    return render_template(
        "privacy/dossier.html",
        record=record,
        type=BY_ADDRESS[kind],
        actions=privacy_section.actions(record),
        cards=_cards(found),
        cards_count=sum(len(found.of(model.__tablename__)) for model in MODELS.values()),
        lines=[_line(line) for line in summary.lines(db.session(), found)],
        failed=[MODULES[name].label for name in found.failed],
        blockers=summary.blockers(db.session(), found),
        release=retention.release_of_dossier(db.session(), found.scope),
        recipients=addresses[:PAGE],
        recipients_count=len(addresses),
        requests=_requests(found),
    )


@blueprint.get(f"/{KIND}/<int:id>/privacy/mentions")
@access("privacy_desk")
def show_mentions(kind: str, id: int) -> str:
    record = cards.load(BY_ADDRESS[kind], id)
    found = mentions.find(db.session(), _collect(record))
    start = whole(request.args.get("from")) or 0
    start = start if start < len(found) else 0
    some = found[start : start + PAGE]
    readable = _readable(some)
    return render_template(
        "privacy/_mentions.html" if htmx.is_partial() else "privacy/mentions.html",
        record=record,
        type=BY_ADDRESS[kind],
        total=len(found),
        rows=[_row(one, readable) for one in some],
        previous=max(0, start - PAGE) if start else None,
        following=start + PAGE if start + PAGE < len(found) else None,
    )


# -- helpers ----------------------------------------------------------------------------------------


def _desk(
    typed: str = "",
    found: searching.Found | None = None,
    *,
    errors: Any = None,
    split: bool = False,
    status: int = 200,
) -> Response:
    settings = pages.office()
    return make_response(
        render_template(
            "privacy/desk.html",
            views=counting.VIEWS,
            counts=counting.counts(db.session(), clock.today(settings)) if settings is not None else {},
            typed=typed,
            tasks=tasks.open_tasks() if found is None else [],
            found=found,
            split=split,
            errors=errors or {},
            problem=status >= 400,
        ),
        status,
    )


def _collect(record: AnyCard) -> Dossier:
    return dossier.collect(db.session(), dossier.scope_of(db.session(), record))


def _cards(found: Dossier) -> list[AnyCard]:
    """The first cards of a dossier that are there, of each kind."""
    return [
        card
        for model in MODELS.values()
        for card in db.session.scalars(
            select(model)
            .where(model.id.in_(found.of(model.__tablename__)[:PAGE]))
            .order_by(model.search_name, model.id)
        )
    ]


def _requests(found: Dossier) -> list[dict[str, Any]]:
    """The requests about the dossier's cards, the latest first."""
    settings = pages.office()
    query = select(PrivacyRequest).where(PrivacyRequest.id.in_(found.of("privacy_requests")))
    asked = db.session.scalars(query.order_by(PrivacyRequest.id.desc()))
    return [shown.row(one, clock.today(settings)) for one in asked] if settings is not None else []


def _line(line: summary.Line) -> dict[str, Any]:
    """A line of the dossier in words; its days are the office's."""
    settings = pages.office()

    def day(moment: date | datetime | None) -> date | None:
        return clock.local(moment, settings).date() if isinstance(moment, datetime) and settings else moment

    return {
        "part": MODULES[line.module].label,
        "what": words.table(line.table),
        "count": line.count,
        "first": day(line.first),
        "last": day(line.last),
    }


def _readable(some: list[Mention]) -> set[int]:
    """The messages among the mentions that the user may read."""
    ids = [one.record_id for one in some if one.kind == "message"]
    query = select(OutboxMessage.id).where(OutboxMessage.id.in_(ids), outbox.visible_to(current_user))
    return set(db.session.scalars(query)) if ids else set()


def _row(one: Mention, readable: set[int]) -> dict[str, Any]:
    """A mention as its page shows it: where it stands, and where to look at it."""
    url: str | None
    if one.kind in MODELS:
        url, where = f"/{pages.ADDRESSES[one.kind]}/{one.record_id}", CARDS[one.kind]
    elif one.kind in KINDS:
        url, where = pages.document_url(one.kind, one.record_id), KINDS[one.kind].label
    elif one.kind == "interaction":
        url, where = f"/interactions/{one.record_id}", _("Interaction")
    elif one.kind == "import":
        url, where = f"/import/{one.record_id}" if current_user.is_admin else None, _("Import")
    else:
        url, where = f"/outbox/{one.record_id}" if one.record_id in readable else None, _("E-mail")
    return {"url": url, "where": where, "label": one.label, "field": FIELDS[one.field]}
