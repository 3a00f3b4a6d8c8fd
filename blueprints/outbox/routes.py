"""The outbox: the list, one message with its recipients, trying again, cancelling, taking it away."""

from typing import Any

from flask import Response, abort, current_app, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from blueprints.common import downloads, htmx, pages, streams
from blueprints.common.access import access
from blueprints.outbox import blueprint, shown
from extensions import db
from models import OutboxAttachment, OutboxMessage
from services.errors import NotFound
from services.mail import blocked, outbox, server
from services.mail import message as messages


@blueprint.get("/outbox")
@access("outbox")
def index() -> Any:
    stream = streams.read("/outbox", ("state", "kind"))
    conditions = []
    if wanted := stream.parameters.get("state"):
        if wanted not in shown.STATE_FILTERS:
            abort(400)
        conditions.append(shown.state_condition(wanted))
    if wanted := stream.parameters.get("kind"):
        if wanted not in shown.KINDS:
            abort(400)
        conditions.append(OutboxMessage.kind == wanted)
    query = select(OutboxMessage).where(outbox.visible_to(current_user), *conditions)
    streams.fill(stream, query, OutboxMessage)
    template = "outbox/_list.html" if htmx.is_partial() else "outbox/list.html"
    return render_template(
        template,
        stream=stream,
        rows=shown.rows(stream.rows),
        states=shown.STATE_FILTERS,
        kinds=shown.KINDS,
        configured=_is_configured(),
    )


@blueprint.get("/outbox/<int:id>")
@access("outbox")
def show(id: int) -> Any:
    """The page of a message; while it is being sent, the piece that is asked again every two seconds."""
    found = shown.message(_the_message(id))
    if not htmx.is_partial():
        return render_template("outbox/message.html", configured=_is_configured(), **found)
    response = make_response(render_template("outbox/_message.html", configured=_is_configured(), **found))
    if not found["active"]:
        # What can be done with it has changed: the whole page is asked once more.
        response.headers["HX-Redirect"] = url_for("outbox.show", id=id)
    return response


@blueprint.post("/outbox/<int:id>/retry")
@access("outbox", limit="mail")
def retry(id: int) -> Any:
    message = _the_message(id, lock=True)
    blocked.check(db.session(), message)
    outbox.retry(message)
    pages.notify(_("The message is tried again at once."))
    return redirect(url_for("outbox.show", id=id), 303)


@blueprint.post("/outbox/<int:id>/cancel")
@access("outbox")
def cancel(id: int) -> Any:
    outbox.cancel(_the_message(id, lock=True))
    pages.notify(_("The message is cancelled: it is not sent to those who do not have it yet."))
    return redirect(url_for("outbox.show", id=id), 303)


@blueprint.get("/outbox/<int:id>/message.eml")
@access("outbox")
def download(id: int) -> Response:
    """The message as a file that mail programs open."""
    message = _the_message(id)
    sender = server.sender(db.session()) or shown.NO_SENDER
    content = messages.as_bytes(messages.content_of(message, sender))
    return downloads.file(content, "message/rfc822", f"{message.subject}.eml")


@blueprint.get("/outbox/<int:id>/files/<int:file_id>")
@access("outbox")
def attachment(id: int, file_id: int) -> Response:
    """A file that goes with the message."""
    message = _the_message(id)
    found = db.session.get(OutboxAttachment, file_id)
    if found is None or found.outbox_id != message.id or found.content is None:
        raise NotFound()
    return downloads.file(found.content, "application/octet-stream", found.name)


def _the_message(id: int, *, lock: bool = False) -> OutboxMessage:
    return outbox.get_visible(db.session(), current_user, id, lock=lock)


def _is_configured() -> bool:
    return server.is_configured(db.session(), current_app.config["CARNET"])
