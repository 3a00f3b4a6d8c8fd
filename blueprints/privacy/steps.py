"""One request step by step: identity, scope, action, reply, closing; each step has its form where it is due (Y-C5)."""

from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import BooleanField, RadioField, StringField

from blueprints.common import access as guards
from blueprints.common import display, pages
from blueprints.common.access import access
from blueprints.common.plain_forms import PlainForm
from blueprints.privacy import shown
from blueprints.privacy.deleting import blueprint
from extensions import db
from models import PrivacyRequest
from services import clock, formats, places
from services.errors import Invalid, Refused
from services.mail import outbox, server
from services.mail.letters import Letter
from services.privacy import answering, identity, regimes, register, replies

PAGE = "/privacy/requests/<int:id>"


class IdentityForm(PlainForm):
    """How the identity was checked."""

    method = RadioField(_l("How the identity was checked"), validate_choice=False)
    second_look = BooleanField(
        _l("I made sure that the person asked for the recent change of e-mail or phone")
    )


class CodeForm(PlainForm):
    """Where a code goes."""

    address = RadioField(_l("Send a code to"), validate_choice=False)
    second_look = BooleanField(
        _l("I made sure that the person asked for the recent change of e-mail or phone")
    )


class TryForm(PlainForm):
    """The code that the person told."""

    code = StringField(_l("Code that the person told you"))


class ExtendForm(PlainForm):
    """Why an answer takes longer."""

    reason = StringField(_l("Reason, as the person is told it"))


class AnswerForm(PlainForm):
    """How a request is answered."""

    outcome = RadioField(_l("Answer"), choices=list(answering.OUTCOMES.items()), validate_choice=False)


@blueprint.get(PAGE)
@access("privacy_desk")
def show_request(id: int) -> Any:
    return _page(register.get(db.session(), id))


@blueprint.post(f"{PAGE}/identity")
@access("privacy_desk")
def check_identity(id: int) -> Any:
    found, form = register.get(db.session(), id, lock=True), IdentityForm()
    return _done(
        found,
        "identity",
        form,
        lambda: identity.record(
            db.session(),
            found,
            form.method.data or "",
            by=current_user.id,
            second_look=form.second_look.data,
        ),
        _("The identity is noted as checked."),
    )


@blueprint.post(f"{PAGE}/code")
@access("privacy_desk", limit="mail")
def send_code(id: int) -> Any:
    """Mail a code to an address on file; it is nowhere in Carnet but in that message."""
    found, form = register.get(db.session(), id, lock=True), CodeForm()

    def send() -> None:
        address = form.address.data or ""
        code = identity.make_code(
            db.session(), found, address, by=current_user.id, second_look=form.second_look.data
        )
        with force_locale(_texts_locale(found)):
            letter = Letter(
                to=[address],
                subject=replies.subject(found),
                text=replies.code_letter(found, code),
                kind="privacy",
                about=(found.subject_kind, found.subject_id) if found.subject_id is not None else None,
                good_until=found.code_until,
            )
        outbox.enqueue(db.session(), letter, by=current_user.id)

    return _done(found, "code", form, send, _("The code is on its way. Ask the person to tell it to you."))


@blueprint.post(f"{PAGE}/code/check")
@access("privacy_desk", own_transaction=True, limit="mail")
def check_code(id: int) -> Any:
    """Compare the code; a wrong try is counted even though the answer is a refusal."""
    form = TryForm()

    def compare() -> bool:
        found = register.get(db.session(), id, lock=True)
        right = identity.try_code(db.session(), found, form.code.data or "", by=current_user.id)
        if right:
            pages.notify(_("The code is right: the identity is noted as checked."))
        return right

    if guards.transaction(compare):
        return redirect(url_for("privacy.show_request", id=id), 303)
    found = register.get(db.session(), id)
    if not identity.has_code(found):
        raise Refused(
            _("This is not the code that was sent, and it was the last try. Send a new one."),
            link=(("privacy.show_request", {"id": id}), _("Open the request")),
        )
    form.show_errors(Invalid({"code": _("This is not the code that was sent. Look at it again.")}))
    return _page(found, 422, **{"try": form})


@blueprint.post(f"{PAGE}/begin")
@access("privacy_desk")
def begin_request(id: int) -> Any:
    found = register.get(db.session(), id, lock=True)
    answering.begin(db.session(), found, by=current_user.id)
    return redirect(url_for("privacy.show_request", id=id), 303)


@blueprint.post(f"{PAGE}/extend")
@access("privacy_desk")
def extend_request(id: int) -> Any:
    found, form = register.get(db.session(), id, lock=True), ExtendForm()
    return _done(
        found,
        "extend",
        form,
        lambda: answering.extend(db.session(), found, form.reason.data or "", by=current_user.id),
        _("The deadline is extended. Now tell the person: the letter is ready."),
    )


@blueprint.post(f"{PAGE}/answer")
@access("privacy_desk")
def answer_request(id: int) -> Any:
    found, form = register.get(db.session(), id, lock=True), AnswerForm()
    reasons = request.form.getlist("reasons")
    return _done(
        found,
        "answer",
        form,
        lambda: answering.answer(db.session(), found, form.outcome.data or "", reasons, by=current_user.id),
        _("The answer is noted. The letter to the person is ready."),
    )


@blueprint.post(f"{PAGE}/close")
@access("privacy_desk")
def close_request(id: int) -> Any:
    found = register.get(db.session(), id, lock=True)
    answering.close(db.session(), found, by=current_user.id)
    pages.notify(_("%(no)s is closed.", no=found.no))
    return redirect(url_for("privacy.show_request", id=id), 303)


@blueprint.get(f"{PAGE}/letter")
@access("privacy_desk")
def letter(id: int) -> Any:
    """The letter to the person, ready to be copied, in the person's language."""
    found = register.get(db.session(), id)
    locale = _texts_locale(found)
    with force_locale(locale):
        text, subject = replies.letter(db.session(), found, locale), replies.subject(found)
    return render_template(
        "privacy/letter.html", request_=found, text=text, subject=subject, language=locale.replace("_", "-")
    )


# -- helpers ------------------------------------------------------------------------------------------


def _done(found: PrivacyRequest, name: str, form: PlainForm, work: Any, said: str) -> Any:
    """Do a step and go back to the request; what cannot be done so is said beside what was typed."""
    try:
        work()
    except Invalid as problem:
        form.show_errors(problem)
        return _page(found, 422, **{name: form})
    pages.notify(said)
    return redirect(url_for("privacy.show_request", id=found.id), 303)


def _texts_locale(found: PrivacyRequest) -> str:
    office = pages.office()
    assert office is not None
    return places.locale_of_texts(found.language[:2] or office.language[:2], f"_{office.country}")


def _page(found: PrivacyRequest, status: int = 200, **sent: PlainForm) -> Response:
    """The page of a request; `sent` is the form that is shown again with what is wrong in it."""
    office = pages.office()
    assert office is not None
    today = clock.today(office)
    channels = identity.channels(db.session(), found) if found.state == "received" else []
    typed = {name: sent.get(name) or form(formdata=None) for name, form in _FORMS.items()}
    typed["identity"].method.choices = list(identity.methods(found).items())
    typed["code"].address.choices = [(one.value, one.value) for one in channels if one.kind == "email"]
    subject = shown.card(found)
    problem = next(iter(sent.values())).problems if sent else {}
    page = render_template(
        "privacy/request.html",
        **shown.row(found, today),
        request_=found,
        forms_=typed,
        law=regimes.REGIMES[found.regime],
        not_advice=regimes.NOT_ADVICE,
        channel=register.CHANNELS.get(found.channel, ""),
        subject=subject,
        scope=shown.scope(subject) if subject is not None else [],
        actions=shown.actions(found, subject),
        done=shown.steps(found),
        repeats=db.session.get(PrivacyRequest, found.repeat_of_id) if found.repeat_of_id else None,
        method=identity.METHODS.get(found.identity_method, ""),
        checked_by=display.user_name(found.identity_by),
        has_recent=any(one.recent for one in channels),
        has_code=identity.has_code(found),
        mail_works=server.is_configured(db.session(), current_app.config["CARNET"]),
        can_extend=found.state in register.UNANSWERED and answering.can_extend(found, today),
        deemed=found.state in register.UNANSWERED
        and regimes.deemed_refused(found.regime, found.due_on, today),
        outcome=answering.OUTCOMES.get(found.outcome, ""),
        known_reasons=regimes.reasons(found.regime),
        chosen=request.form.getlist("reasons") if "answer" in sent else found.reasons,
        problem=problem,
        problem_prefix=next(iter(sent), ""),
        received=formats.format_date(found.received_on, pages.number_locale()),
    )
    return make_response(page, status)


_FORMS: dict[str, Any] = {
    "identity": IdentityForm,
    "code": CodeForm,
    "try": TryForm,
    "extend": ExtendForm,
    "answer": AnswerForm,
}
