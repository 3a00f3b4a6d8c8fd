"""A document sent by e-mail: the office's text, its PDF, further files, and the copy to the accountant (O8)."""

from hashlib import sha256
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import BooleanField, MultipleFileField, StringField, TextAreaField

from blueprints.common import once, pages
from blueprints.common.access import access
from blueprints.common.plain_forms import PlainForm
from blueprints.documents import asking, blueprint
from blueprints.documents.printing import file_name, pdf_that_leaves
from blueprints.documents.show import load
from extensions import db
from models import Document
from services.documents import blocks, kinds
from services.errors import Invalid, Refused
from services.mail import letters, outbox, server, texts
from services.mail.letters import Attachment, Letter


class SendForm(PlainForm):
    """To whom, about what, the text, and up to five files beside the PDF."""

    to = StringField(_l("To"))
    cc = StringField(_l("Cc"))
    bcc = StringField(_l("Bcc"))
    accountant = BooleanField(_l("Copy to the accountant"))
    subject = StringField(_l("Subject"))
    text = TextAreaField(_l("Text"))
    files = MultipleFileField(_l("Files"))


@blueprint.get("/<document_kind:kind>/<int:id>/send")
@access("edit_documents")
def write_mail(kind: str, id: int) -> Any:
    document = load(kind, id)
    subject, text = texts.of_document(db.session(), document, user=current_user.name)
    data = {"to": document.email, "subject": subject, "text": text, "accountant": True}
    return _page(document, SendForm(formdata=None, data=data), refusal=_refusal(document))


@blueprint.post("/<document_kind:kind>/<int:id>/send")
@access("edit_documents", body_limit=letters.MOST_BYTES + 1024 * 1024, limit="mail")
def send_mail(kind: str, id: int) -> Any:
    form = SendForm()
    files = [Attachment(one.filename, one.read()) for one in request.files.getlist("files") if one.filename]
    digest = sha256(b"".join(sha256(file.content).digest() for file in files)).hexdigest()

    def make() -> str:
        document = load(kind, id)
        refusal = _refusal(document)
        if refusal:
            raise Refused(refusal)
        letters.check_uploads(files)
        _post(document, form, files)
        pages.notify(_("The message is in the outbox, and is sent at once."), url="/outbox", label=_("Open"))
        return pages.card_url(document)

    try:
        return once.creating(make, file_digest=digest if files else "")
    except Invalid as problem:
        db.session.rollback()
        form.show_errors(problem)
        return _page(load(kind, id), form, 422, form.problems)
    except Refused as refused:
        # A block may be set, or a number series emptied, while the text is typed: it must not be lost.
        db.session.rollback()
        return _page(load(kind, id), form, refused.status, {"": [str(refused)]})


def _page(
    document: Document,
    form: SendForm,
    status: int = 200,
    errors: dict[str, list[str]] | None = None,
    refusal: str = "",
) -> Response:
    copy = server.copy_address(db.session())
    return asking.ask(
        "send",
        document,
        status=status,
        form=form,
        errors=errors or {},
        refusal=refusal,
        copy=copy,
        files_again=bool(request.files),
    )


def _post(document: Document, form: SendForm, files: list[Attachment]) -> None:
    had_no = bool(document.no)
    content = pdf_that_leaves(document)
    subject, text = form.subject.data or "", form.text.data or ""
    if not had_no:
        # The page that proposed the text did not know the number yet.
        label = str(kinds.of(document).label)
        subject = subject.replace("{no}", document.no or label)
        text = text.replace("{no}", document.no or label)
    letter = Letter(
        to=[form.to.data or ""],
        cc=[one for one in [(form.cc.data or "").strip()] if one],
        bcc=[one for one in [(form.bcc.data or "").strip()] if one],
        subject=subject,
        text=text,
        kind="document",
        attachments=[Attachment(file_name(document), content, "application/pdf"), *files],
        about=(document.kind, document.id),
        contact_id=document.contact_id,
        copy_to_accountant=bool(form.accountant.data),
    )
    outbox.enqueue(db.session(), letter, by=current_user.id)


def _refusal(document: Document) -> str:
    """Why a document cannot be sent now; "" when it can."""
    if kinds.of(document).freezes and not document.is_issued:
        return _("Issue %(kind)s %(no)s first: a draft is not sent.", **kinds.named(document))
    try:
        blocks.check_privacy(db.session(), document)
        blocks.check_leaving(db.session(), document)
    except Refused as blocked:
        return str(blocked)
    return ""
