"""The home page, the activity, and the answer to whoever watches whether Carnet is well."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request
from flask_babel import format_date
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from blueprints.common import access, history, pages
from blueprints.common.access import OPEN
from blueprints.common.card_forms import whole
from blueprints.common.record_types import RECORD_TYPES
from blueprints.home.invoiced import of_last_months
from blueprints.home.opened import latest
from extensions import db
from models import Document, ImportBatch, Job, Office, OpenItem
from models.base import now
from services import checklist, clock, formats, jobs, kept_backups, search
from services.mail import outbox, server
from services.privacy import counting

blueprint = Blueprint("home", __name__)

LATEST = 8
# Imports that wait for somebody: uploaded or checked, and not run yet.
WAITING = ("uploaded", "checked")


@blueprint.get("/")
@access.access("view_cards")
def index() -> Any:
    office = pages.office()
    assert office is not None
    moment = clock.local(now(), office)
    lines, _older = history.activity_page(limit=LATEST)
    today, cards = clock.today(office), _cards()
    return render_template(
        "home/index.html",
        greeting=_greeting(moment.hour, current_user.name),
        day=format_date(moment.date(), "full"),
        waiting=[*_documents(today), *_work(), *_privacy(today)],
        cards=cards,
        has_cards=any(tile["count"] for tile in cards),
        invoiced=of_last_months(today, office.currency) if access.can("view_documents") else None,
        lines=lines,
        opened=latest(LATEST),
        setup=_setup(office),
    )


@blueprint.post("/hide-setup")
@access.access("settings")
def hide_setup() -> Any:
    """Leave the reminder of the setup away from this user's home page."""
    current_user.preferences = {**(current_user.preferences or {}), "setup_hidden": True}
    pages.notify(_("The reminder is gone. What is left to set up stays under Settings."))
    return redirect("/", 303)


@blueprint.get("/activity")
@access.access("history")
def activity() -> Any:
    """What happened on all cards, newest first: the list of past notices (U-X4)."""
    before = whole(request.args.get("before"))
    lines, older = history.activity_page(before)
    return render_template("home/activity.html", lines=lines, older=older, newest=before is not None)


@blueprint.get("/healthz")
@access.access(OPEN)
def healthz() -> Response:
    """Whether Carnet and its database answer; for programs that watch it."""
    try:
        db.session.execute(text("SELECT count(*) FROM office"))
    except DBAPIError:
        db.session.rollback()
        response = make_response("the database does not answer\n", 503)
        response.headers["Retry-After"] = "5"
    else:
        response = make_response("ok\n")
    response.mimetype = "text/plain"
    return response


def _greeting(hour: int, name: str) -> str:
    first = name.split()[0] if name else ""
    if 5 <= hour < 12:
        return _("Good morning, %(name)s", name=first)
    if 12 <= hour < 18:
        return _("Good afternoon, %(name)s", name=first)
    return _("Good evening, %(name)s", name=first)


def _cards() -> list[dict[str, Any]]:
    return [
        {"count": search.all_cards(db.session(), kind), "label": one.plural, "url": f"/{one.address}"}
        for kind, one in RECORD_TYPES.items()
    ]


def _documents(today: date) -> list[dict[str, Any]]:
    """Invoices that wait for somebody, and messages that did not arrive."""
    is_invoice = Document.kind == "invoice"
    drafts = _count(Document, is_invoice, Document.state == "draft")
    overdue, amounts = _overdue(today)
    not_sent = outbox.not_sent(db.session(), current_user)
    return (
        [
            {"count": drafts, "label": _("Draft invoices"), "url": "/sales/invoices?state=draft"},
            {
                "count": overdue,
                "label": _("Invoices overdue"),
                "url": "/sales/invoices?state=overdue",
                "warn": overdue > 0,
                "note": amounts,
            },
            {"count": not_sent, "label": _("E-mails not sent"), "url": "/outbox", "warn": not_sent > 0},
        ]
        if access.can("edit_documents")
        else []
    )


def _overdue(today: date) -> tuple[int, str]:
    """How many invoices are overdue, and what is open of them in each currency."""
    query = (
        select(Document.currency, func.count(), func.sum(OpenItem.amount))
        .join(Document, Document.id == OpenItem.document_id)
        .where(OpenItem.due_date < today, Document.kind == "invoice")
        .group_by(Document.currency)
        .order_by(Document.currency)
    )
    found = db.session.execute(query).all()
    locale = pages.number_locale()
    amounts = [formats.format_money(amount, currency, locale) for currency, _number, amount in found]
    return sum(number for _currency, number, _amount in found), " · ".join(amounts)


def _work() -> list[dict[str, Any]]:
    """The long work that the user sees: jobs at it, and imports that wait for a decision."""
    found: list[dict[str, Any]] = []
    if access.can("jobs"):
        running = _count(Job, Job.state.in_(jobs.ACTIVE), *_own(Job))
        found.append({"count": running, "label": _("Jobs running"), "url": "/jobs"})
    if access.can("import"):
        waiting = _count(ImportBatch, ImportBatch.state.in_(WAITING), *_own(ImportBatch))
        found.append(
            {"count": waiting, "label": _("Imports to look at"), "url": "/import", "warn": waiting > 0}
        )
    return found


def _privacy(today: date) -> list[dict[str, Any]]:
    """Requests of persons that must be answered soon, and those that are late (Y-C4)."""
    if not access.can("privacy_desk"):
        return []
    counts = counting.counts(db.session(), today)
    soon, late = counts["soon"], counts["late"]
    return [
        {
            "count": soon,
            "label": _("Privacy requests due within 7 days"),
            "url": "/privacy/requests?view=soon",
            "warn": soon > 0,
        },
        {
            "count": late,
            "label": _("Privacy requests late"),
            "url": "/privacy/requests?view=late",
            "bad": late > 0,
        },
    ]


def _own(model: Any) -> list[Any]:
    return [] if current_user.is_admin else [model.created_by == current_user.id]


def _count(model: Any, *where: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def _setup(office: Office) -> list[checklist.Step]:
    """The steps of the first days for an administrator; none once all are done or the reminder was hidden."""
    if not access.can("settings") or (current_user.preferences or {}).get("setup_hidden"):
        return []
    config = current_app.config["CARNET"]
    has_mail = server.is_configured(db.session(), config)
    backups = kept_backups.listing(config.data)
    steps = checklist.steps(db.session(), office, clock.today(office), backups, has_mail=has_mail)
    return [] if all(step.done for step in steps) else steps
