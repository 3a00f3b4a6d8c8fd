"""The page before an export: what will be in it, to whom it goes, and the button that begins it (Y-G1)."""

import re
from datetime import date
from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import BooleanField, RadioField, StringField

from blueprints.common import cards, once, pages
from blueprints.common.access import access, session_row, transaction
from blueprints.common.choice_field import ChoiceField
from blueprints.common.plain_forms import PlainForm
from blueprints.common.record_types import BY_ADDRESS
from blueprints.privacy.deleting import KIND, blueprint
from blueprints.privacy.exports import size_words
from extensions import db
from models import AnyCard
from services import clock, formats, jobs
from services.errors import Refused, Sentence
from services.mail import server
from services.privacy import exporting, register
from services.privacy.exporting import Look, Part
from services.privacy.selecting import FORMS, Selection
from services.privacy.sheets import layout
from services.privacy.sheets.closing import file_stem
from services.text import TextProblem

TITLES: dict[str, Sentence] = {
    "contact": _l("Export contact privacy data"),
    "customer": _l("Export customer privacy data"),
    "vendor": _l("Export vendor privacy data"),
    "bank_account": _l("Export bank account privacy data"),
}
CHANGED = _l(
    "The data changed meanwhile. Look again at what will be in the file, then press the button again."
)
_ROW = re.compile(r"([a-z_]{1,40})\|(.{1,250})")
# As many rows as a form may name.
_MOST_ROWS = 900


class ExportForm(PlainForm):
    """What is left out and why, the period, the language of the workbook and the form of the file."""

    reason = ChoiceField(_l("Reason for what you leave out"))
    without_notes = BooleanField(_l("Leave out internal notes"))
    without_names = BooleanField(_l("Leave out names of other people"))
    since = StringField(_l("Period from"))
    until = StringField(_l("Period to"))
    without_files = BooleanField(_l("Leave out the PDFs and mailed files"))
    language = RadioField(_l("Language of the workbook"), choices=[("fr", "Français"), ("en", "English")])
    form = RadioField(
        _l("File"),
        choices=[("xlsx", _l("Workbook (XLSX)")), ("zip", _l("Package (ZIP) with data.json and the PDFs"))],
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.reason.choices = [("", ""), *layout.REASONS.items()]


@blueprint.get(f"/{KIND}/<int:id>/privacy/export")
@access("privacy_export")
def export_page(kind: str, id: int) -> Any:
    if asked := _password_first():
        return asked
    record = cards.load(BY_ADDRESS[kind], id)
    seen = exporting.look(db.session(), record)
    data = {
        "without_names": seen.flagged > 0,
        "language": (record.language or pages.locale_code())[:2],
        "form": "xlsx",
    }
    if data["language"] not in pages.LANGUAGES:
        data["language"] = pages.locale_code()[:2]
    return _page(record, seen, ExportForm(formdata=None, data=data))


@blueprint.post(f"/{KIND}/<int:id>/privacy/export")
@access("privacy_export", own_transaction=True)
def export(kind: str, id: int) -> Any:
    if asked := _password_first():
        return asked
    record = cards.load(BY_ADDRESS[kind], id)
    seen = exporting.look(db.session(), record)
    form = ExportForm()
    selection, problems = _selection(form, seen)
    by_mail = selection.by_mail
    if by_mail and (why := _no_mail()):
        problems[""] = str(why)
    if problems:
        return _page(record, seen, form, problems, 422, selection)
    if seen.gathered.failed:
        return _page(record, seen, form, {}, 409, selection)
    try:
        exporting.check_size(_data_folder(), seen, selection)
    except Refused as refusal:
        return _page(record, seen, form, {"": str(refusal.message)}, refusal.status, selection)
    begun: list[int] = []

    def begin() -> str:
        card = cards.load(BY_ADDRESS[kind], id)
        if request.form.get("seen") != seen.digest:
            raise Refused(CHANGED)
        other = request.form.get("to", current_user.email) != current_user.email
        made = exporting.start(db.session(), card, selection, seen, by=current_user.id, other_recipient=other)
        if exporting.is_made_at_once(seen, selection):
            begun.append(made.job_id or 0)
        return url_for("privacy.export_state", id=made.id)

    try:
        answer = transaction(lambda: make_response(once.creating(begin)))
    except Refused as refusal:
        db.session.rollback()
        record = cards.load(BY_ADDRESS[kind], id)
        return _page(record, seen, form, {"": str(refusal.message)}, refusal.status, selection)
    for job_id in begun:
        with force_locale(exporting.locale_of(selection.language)):
            jobs.do_whole_here(db.session(), job_id, _data_folder())
    return answer


# -- the page -----------------------------------------------------------------------------------------


def _page(
    record: AnyCard,
    seen: Look,
    form: ExportForm,
    problems: dict[str, str] | None = None,
    status: int = 200,
    selection: Selection | None = None,
) -> Response:
    session = db.session()
    selection = selection or Selection(without_names=seen.flagged > 0, language=form.language.data)
    open_request = exporting.request_of(session, seen.scope)
    no = open_request.no if open_request is not None else register.next_no(session)
    office = pages.office()
    assert office is not None
    stem = file_stem(no, clock.today(office), selection.language)
    for name, sentence in (problems or {}).items():
        if name in form:
            form[name].errors = [sentence]
    size = seen.size(selection)
    return make_response(
        render_template(
            "privacy/export.html",
            record=record,
            type=BY_ADDRESS[pages.ADDRESSES[record.KIND]],
            heading=TITLES[record.KIND],
            form=form,
            problems=problems or {},
            problem=bool(problems),
            request_no=no,
            unverified=open_request is None or open_request.identity_on is None,
            due=open_request.due_on if open_request is not None else None,
            parts=[_shown(part, selection) for part in seen.parts],
            total=seen.rows,
            flagged=seen.flagged,
            seen=seen.digest,
            failed=seen.gathered.failed,
            once=once.token(),
            file_name=f"{stem}.{selection.form}",
            size=size_words(size),
            is_large=size > exporting.WARNING_BYTES,
            no_mail=_no_mail(),
            asks_identity="identity_sure" in (problems or {}),
            rows_out=set(selection.rows_out),
            shown_rows=exporting.SHOWN_ROWS,
            more_open=bool(form.since.data or form.until.data or selection.rows_out or status == 413),
        ),
        status,
    )


def _shown(part: Part, selection: Selection) -> dict[str, Any]:
    """A sheet on the page: its name, its rows, what there is to say about them, and whether it is ticked."""
    name = part.sheet.name
    is_out = selection.is_out(name)
    return {
        "name": name,
        "title": part.sheet.title,
        "count": part.count,
        "is_out": is_out,
        "remark": _("left out") if is_out else _remark(part),
        "rows": list(dict(part.rows).items()),
    }


def _remark(part: Part) -> str:
    said = []
    if part.kinds:
        said.append(
            ", ".join(f"{count} × {kind}" if count > 1 else kind for kind, count in part.kinds.items())
        )
    elif part.first is not None and part.last is not None:
        days = [formats.format_date(day, pages.number_locale()) for day in (part.first, part.last)]
        said.append(days[0] if days[0] == days[1] else " … ".join(days))
    if part.flagged:
        said.append(
            ngettext("%(num)s row names other people", "%(num)s rows name other people", part.flagged)
        )
    return " · ".join(said)


# -- what was typed -----------------------------------------------------------------------------------


def _selection(form: ExportForm, seen: Look) -> tuple[Selection, dict[str, str]]:
    """What was chosen, and a sentence for each field that cannot be taken."""
    problems: dict[str, str] = {}
    known = {part.sheet.name for part in seen.parts}
    kept = set(request.form.getlist("sheet"))
    sheets_out = tuple(sorted(known - kept - ({"notes"} if form.without_notes.data else set())))
    rows_out = tuple(
        one
        for one in request.form.getlist("out")[:_MOST_ROWS]
        if (found := _ROW.fullmatch(one)) and found[1] in known
    )
    reason = form.reason.data or ""
    if reason and reason not in layout.REASONS:
        problems["reason"] = _("Choose a reason from the list.")
    elif not reason and (sheets_out or rows_out):
        problems["reason"] = _("Choose why you leave something out: the workbook says so.")
    since, until = (_day(form, name, problems) for name in ("since", "until"))
    if since and until and since > until:
        problems["until"] = _("The period ends before it begins.")
    if "identity" in sheets_out and request.form.get("identity_sure") != "yes":
        problems["identity_sure"] = _(
            "Without the sheet of identity the person cannot see whose data this is. Confirm that you leave it out."
        )
    language, file_form = form.language.data, form.form.data
    selection = Selection(
        sheets_out=sheets_out,
        rows_out=rows_out,
        reason=reason if reason in layout.REASONS else "",
        without_notes=bool(form.without_notes.data),
        without_names=bool(form.without_names.data),
        since=since,
        until=until,
        without_files=bool(form.without_files.data),
        language=language if language in pages.LANGUAGES else "fr",
        form=file_form if file_form in FORMS else "xlsx",
        by_mail=request.form.get("do") != "download",
    )
    return selection, problems


def _day(form: ExportForm, name: str, problems: dict[str, str]) -> date | None:
    office = pages.office()
    assert office is not None
    try:
        return formats.parse_date(form[name].data, clock.today(office), pages.number_locale())
    except TextProblem as problem:
        problems[name] = str(problem.message)
        return None


# -- who may ------------------------------------------------------------------------------------------


def _password_first() -> Response | None:
    """The page that asks for the password, when the address was changed a short while ago (R-MAIL-6)."""
    row = session_row()
    if row is None or not exporting.is_fresh_address(current_user):
        return None
    if row.confirmed_at > current_user.email_changed_at:
        return None
    return make_response(redirect(url_for("account.confirm", next=request.path)))


def _no_mail() -> Sentence:
    configured = server.is_configured(db.session(), current_app.config["CARNET"])
    return exporting.no_mail_because(current_user, configured=configured)


def _data_folder() -> Any:
    return current_app.config["CARNET"].data
