"""The register of requests: the list with its counters, a new request, one request, and the file of all (Y-C1)."""

import tempfile
from typing import Any

from flask import Response, abort, make_response, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import select
from wtforms import BooleanField, StringField, TextAreaField

from blueprints.common import access as guards
from blueprints.common import filters, htmx, once, pages, streams
from blueprints.common.access import access
from blueprints.common.card_forms import whole
from blueprints.common.choice_field import ChoiceField
from blueprints.common.exports import IN_MEMORY, XLSX
from blueprints.common.plain_forms import PlainForm
from blueprints.privacy import shown
from blueprints.privacy.deleting import blueprint
from extensions import db
from models import MODELS, Office, PrivacyRequest
from services import clock, formats, tables
from services.errors import Busy, Invalid
from services.privacy import counting, entering, regimes, register, settings, trail

PAGE = "/privacy/requests"
_LANGUAGES = (("en", "English"), ("fr", "Français"))


class CommonForm(PlainForm):
    """What can be corrected as long as a request is open."""

    card_no = StringField(_l("No. of the card"))
    label = StringField(_l("Name as it was given"))
    language = ChoiceField(_l("Language of the answer"), choices=_LANGUAGES)
    handler_id = ChoiceField(_l("Handled by"))
    notes = TextAreaField(_l("Notes"))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        names = entering.handlers(db.session())
        self.handler_id.choices = [("", _("Not decided")), *((str(id_), name) for id_, name in names.items())]

    def values(self) -> dict[str, Any]:
        """What was typed, read."""
        handler = self.handler_id.data or ""
        return {
            "card_no": self.card_no.data or "",
            "label": self.label.data or "",
            "language": self.language.data or "",
            "handler_id": int(handler) if handler.isascii() and handler.isdigit() else None,
            "notes": self.notes.data or "",
        }


class RequestForm(CommonForm):
    """What a person asked, how and when it reached the office, and by which law it is answered."""

    kind = ChoiceField(_l("What is asked for"), choices=list(register.KINDS.items()))
    channel = ChoiceField(
        _l("How it reached the office"),
        choices=[pair for pair in register.CHANNELS.items() if pair[0] != "card"],
    )
    received_on = StringField(_l("Received on"))
    regime = ChoiceField(_l("Law"), choices=[(code, law.name) for code, law in regimes.REGIMES.items()])
    confirm_old = BooleanField(_l("The day is right: it was more than five years ago"))

    def values(self) -> dict[str, Any]:
        """What was typed; raises Invalid for a day that cannot be read."""
        typed = (self.received_on.data or "").strip()
        return super().values() | {
            "kind": self.kind.data or "",
            "channel": self.channel.data or "",
            "received_on": filters.day("received_on", typed) if typed else None,
            "regime": self.regime.data or "",
            "confirm_old": self.confirm_old.data,
        }


@blueprint.get(PAGE)
@access("privacy_desk")
def requests() -> Any:
    stream = streams.read(PAGE, ("view", "kind", "handler"))
    today = clock.today(_office())
    query = select(PrivacyRequest).where(*_conditions(stream.parameters))
    streams.fill(stream, query, PrivacyRequest, counting.urgency(today))
    return render_template(
        "privacy/_requests.html" if htmx.is_partial() else "privacy/requests.html",
        stream=stream,
        rows=[shown.row(one, today) for one in stream.rows],
        counts=counting.counts(db.session(), today),
        views=counting.VIEWS,
        kinds=register.KINDS,
        handlers=entering.handlers(db.session()),
    )


@blueprint.get(f"{PAGE}.xlsx")
@access("privacy_desk", limit="export")
def export_register() -> Response:
    """The whole register as a workbook; that it was taken away stands on the trail."""
    if not guards.write_aside(_note_export):
        raise Busy()
    headings: list[tables.Cell] = [str(heading) for heading in counting.HEADINGS]
    rows = list(counting.rows(db.session(), str))
    parts = [
        max(tables.parts_of(len(str(cells[place] or ""))) for cells in (headings, *rows))
        for place in range(len(headings))
    ]
    out = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  the answer closes it when it is sent
    tables.write_xlsx(out, _("Privacy requests"), [str(one) for one in headings], rows, parts)
    out.seek(0)
    name = f"carnet-requests-{clock.today(_office())}.xlsx"
    return send_file(out, XLSX, as_attachment=True, download_name=name)


@blueprint.get(f"{PAGE}/new")
@access("privacy_desk")
def new_request() -> Any:
    office = _office()
    usual = {
        "kind": "access",
        "card_no": _no_of_card(request.args.get("kind", ""), whole(request.args.get("card"))),
        "received_on": formats.format_date(clock.today(office), pages.number_locale()),
        "language": office.language[:2] if office.language[:2] in entering.LANGUAGES else "en",
        "regime": regimes.of_office(office, settings.present(db.session())),
        "handler_id": str(current_user.id),
    }
    return _new_page(RequestForm(formdata=None, data=usual))


@blueprint.post(f"{PAGE}/new")
@access("privacy_desk")
def create_request() -> Any:
    form = RequestForm()

    def make() -> str:
        made = entering.enter(db.session(), form.values(), by=current_user.id)
        pages.notify(_("Entered as %(no)s.", no=made.no))
        return url_for("privacy.show_request", id=made.id)

    try:
        return once.creating(make)
    except Invalid as problem:
        form.show_errors(problem)
        return _new_page(form, 422)


@blueprint.get(f"{PAGE}/<int:id>/edit")
@access("privacy_desk")
def edit_request(id: int) -> Any:
    found = register.get(db.session(), id)
    if found.state == "closed":
        return _edit_page(found, None)
    values = {
        "card_no": found.subject_no,
        "label": "" if found.subject_no else found.subject_label,
        "language": found.language[:2],
        "handler_id": str(found.handler_id or ""),
        "notes": found.notes,
    }
    return _edit_page(found, CommonForm(formdata=None, data=values))


@blueprint.post(f"{PAGE}/<int:id>/edit")
@access("privacy_desk")
def change_request(id: int) -> Any:
    found, form = register.get(db.session(), id, lock=True), CommonForm()
    try:
        entering.change(db.session(), found, form.values())
    except Invalid as problem:
        form.show_errors(problem)
        return _edit_page(found, form, 422)
    pages.notify(_("Saved."))
    return redirect(url_for("privacy.show_request", id=id), 303)


# -- helpers ------------------------------------------------------------------------------------------


def _note_export() -> None:
    trail.write(db.session(), "register_exported", by=current_user.id)


def _office() -> Office:
    office = pages.office()
    assert office is not None
    return office


def _no_of_card(kind: str, id_: int | None) -> str:
    """The number of the card that a request is begun from."""
    model = MODELS.get(kind)
    card = db.session.get(model, id_) if model is not None and id_ is not None and id_ < 2**31 else None
    return card.no if card is not None else ""


def _conditions(parameters: dict[str, str]) -> list[Any]:
    """What the filters demand; anything outside the fixed lists is a 400 (R-WEB-6)."""
    found: list[Any] = []
    if view := parameters.get("view"):
        if view not in counting.VIEWS:
            abort(400)
        found.append(counting.view(view, clock.today(_office())))
    if kind := parameters.get("kind"):
        if kind not in register.KINDS:
            abort(400)
        found.append(PrivacyRequest.kind == kind)
    if handler := parameters.get("handler"):
        if not (handler.isascii() and handler.isdigit() and len(handler) < 10):
            abort(400)
        found.append(PrivacyRequest.handler_id == int(handler))
    return found


def _new_page(form: RequestForm, status: int = 200) -> Response:
    page = render_template("privacy/request_new.html", form=form, once=once.token(), problem=status != 200)
    return make_response(page, status)


def _edit_page(found: PrivacyRequest, form: CommonForm | None, status: int = 200) -> Response:
    page = render_template("privacy/request_edit.html", request_=found, form=form, problem=status != 200)
    return make_response(page, status)
