"""Writing an e-mail on a contact's, customer's or vendor's card: it goes through the outbox (rule I2)."""

from hashlib import sha256
from typing import Any

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import select
from wtforms import MultipleFileField, StringField, TextAreaField

from blueprints.common import once, pages
from blueprints.common.access import access
from blueprints.common.plain_forms import PlainForm
from blueprints.outbox import blueprint
from extensions import db
from models import MODELS, AnyCard, Contact, Link
from services.errors import Invalid, NotFound, Refused
from services.mail import letters, outbox, texts
from services.mail.letters import Address, Attachment, Letter
from services.privacy import blocks

KINDS = {"contacts": "contact", "customers": "customer", "vendors": "vendor"}
KIND = "<any(contacts, customers, vendors):kind>"
BODY_LIMIT = letters.MOST_BYTES + 1024 * 1024


class LetterForm(PlainForm):
    """To whom, about what, the text, and up to five files."""

    to = StringField(_l("To"))
    cc = StringField(_l("Cc"))
    subject = StringField(_l("Subject"))
    text = TextAreaField(_l("Text"))
    files = MultipleFileField(_l("Files"))


@blueprint.get(f"/{KIND}/<int:id>/email")
@access("send_mail")
def write(kind: str, id: int) -> Any:
    record = _the_card(kind, id)
    person = _person_of(record)
    refusal = _refusal(record)
    language = (person.language if person is not None else "") or record.language
    subject, text = texts.filled(
        db.session(),
        "card",
        language,
        {
            "name": record.name,
            "contact": person.name if person is not None else record.name,
            "office": _office_name(),
            "user": current_user.name,
        },
    )
    to = person.email if person is not None and person.email else record.email
    return _page(
        record, LetterForm(formdata=None, data={"to": to, "subject": subject, "text": text}), refusal=refusal
    )


@blueprint.post(f"/{KIND}/<int:id>/email")
@access("send_mail", body_limit=BODY_LIMIT, limit="mail")
def send(kind: str, id: int) -> Any:
    record, form = _the_card(kind, id), LetterForm()
    files = [
        Attachment(file.filename, file.read()) for file in request.files.getlist("files") if file.filename
    ]
    digest = sha256(b"".join(sha256(file.content).digest() for file in files)).hexdigest()

    def make() -> str:
        blocks.check_many(db.session(), [record, *_people(record)])
        letters.check_uploads(files)
        _post(record, form, files)
        pages.notify(_("The message is in the outbox, and is sent at once."), url="/outbox", label=_("Open"))
        return pages.card_url(record)

    try:
        return once.creating(make, file_digest=digest if files else "")
    except Invalid as problem:
        form.show_errors(problem)
        return _page(record, form, 422)
    except Refused as refused:
        # The block may be set while the text is typed: it must not be lost.
        db.session.rollback()
        form.problems[""] = [str(refused)]
        return _page(record, form, refused.status)


def _post(record: AnyCard, form: LetterForm, files: list[Attachment]) -> None:
    """Put the letter in the outbox, for whoever has the address it goes to."""
    to, cc = (form.to.data or ""), (form.cc.data or "").strip()
    person = next((one for one in _people(record) if one.email and one.email == to.strip()), None)
    person = person or _person_of(record)
    name = person.name if person is not None and person.email == to.strip() else ""
    letter = Letter(
        to=[Address(to, name)],
        cc=[cc] if cc else [],
        subject=form.subject.data or "",
        text=form.text.data or "",
        kind="card",
        attachments=files,
        about=(record.KIND, record.id),
        contact_id=person.id if person is not None else None,
    )
    outbox.enqueue(db.session(), letter, by=current_user.id)


def _the_card(kind: str, id: int) -> AnyCard:
    record: AnyCard | None = db.session.get(MODELS[KINDS[kind]], id)
    if record is None:
        raise NotFound()
    return record


def _people(record: AnyCard) -> list[Contact]:
    """The contacts that a letter from this card may be for: the primary contact first, then the card's own."""
    if isinstance(record, Contact):
        return [record]
    linked = select(Link.contact_id).where(getattr(Link, f"{record.KIND}_id") == record.id)
    ids = [getattr(record, "primary_contact_id", None), db.session.scalar(linked)]
    return [contact for id_ in ids if id_ and (contact := db.session.get(Contact, id_)) is not None]


def _person_of(record: AnyCard) -> Contact | None:
    """Whom one writes to at a card; None for a customer or vendor without a contact."""
    people = _people(record)
    return people[0] if people else None


def _office_name() -> str:
    office = pages.office()
    return office.name if office is not None else ""


def _refusal(record: AnyCard) -> str:
    """Why nothing is sent to a card now; "" when it can be."""
    try:
        blocks.check_many(db.session(), [record, *_people(record)])
    except Refused as blocked:
        return str(blocked)
    return ""


def _page(record: AnyCard, form: LetterForm, status: int = 200, refusal: str = "") -> Response:
    page = render_template(
        "outbox/write.html",
        record=record,
        form=form,
        once=once.token(),
        back=pages.card_url(record),
        problem=status != 200,
        files_again=bool(request.files),
        refusal=refusal,
    )
    return make_response(page, status)
