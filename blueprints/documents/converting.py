"""One document made from another, and an invoice cancelled by a credit memo (rules O4 and O6)."""

from decimal import Decimal
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.common import display, once, pages
from blueprints.common.access import access
from blueprints.common.errors import link_of
from blueprints.documents import asking, blueprint
from blueprints.documents.show import load, url_of
from extensions import db
from models import Document
from services import formats
from services.documents import converting as conversions
from services.documents import lines
from services.documents.kinds import KINDS, named, of
from services.errors import Invalid, NotFound, Refused
from services.printing import composing
from services.text import TextProblem


@blueprint.get("/<document_kind:kind>/<int:id>/convert/<target>")
@access("edit_documents")
def ask_convert(kind: str, id: int, target: str) -> Any:
    return _page(load(kind, id), _known(target))


@blueprint.post("/<document_kind:kind>/<int:id>/convert/<target>")
@access("edit_documents")
def convert(kind: str, id: int, target: str) -> Any:
    _known(target)

    def make() -> str:
        document = load(kind, id)
        made = conversions.convert(db.session(), document, target, _quantities(document), by=current_user.id)
        if made.created:
            pages.notify(_("Made %(cards)s.", cards=display.enumeration(display.card_names(made.created))))
        return url_of(made.document)

    try:
        return once.creating(make)
    except Invalid as problem:
        db.session.rollback()
        return _page(load(kind, id), target, 422, asking.sentences(problem))
    except Refused as refused:
        # A block may be set, or a number series emptied, while quantities are typed: they must not be lost.
        if not _is_called_off(load(kind, id)):
            raise
        db.session.rollback()
        return _page(load(kind, id), target, refused.status, refused=refused)


@blueprint.get("/<document_kind:kind>/<int:id>/cancel")
@access("edit_documents")
def ask_cancel(kind: str, id: int) -> Any:
    document = load(kind, id)
    return _page(document, _credit_of(document), cancels=True)


@blueprint.post("/<document_kind:kind>/<int:id>/cancel")
@access("edit_documents")
def cancel(kind: str, id: int) -> Any:
    """Issue a credit memo of the whole invoice; its page offers to mail it."""

    def make() -> str:
        document = load(kind, id)
        _credit_of(document)
        vendor_no = request.form.get("vendor_invoice_no", "").strip()
        memo = conversions.cancel(
            db.session(), document, vendor_no, make_pdf=composing.content_of, by=current_user.id
        )
        pages.notify(
            _("%(kind)s %(no)s is cancelled by this credit memo.", **named(document)),
            url=f"{url_of(memo)}/send",
            label=_("Send by e-mail"),
        )
        return url_of(memo)

    try:
        return once.creating(make)
    except Invalid as problem:
        db.session.rollback()
        document = load(kind, id)
        return _page(document, _credit_of(document), 422, asking.sentences(problem), cancels=True)


def _known(target: str) -> str:
    if target not in KINDS:
        raise NotFound()
    return target


def _credit_of(document: Document) -> str:
    """The kind of the credit memo of an invoice; only invoices are cancelled by one."""
    if not document.kind.endswith("invoice"):
        raise NotFound()
    return of(document).converts_to[0]


def _is_called_off(document: Document) -> bool:
    """Whether quantities are typed: a blanket order of which something may be left."""
    return document.kind == "blanket_order" and document.state == "open"


def _quantities(document: Document) -> dict[int, Decimal] | None:
    """How much of each line is called off a blanket order; None for all that is left."""
    if not _is_called_off(document):
        return None
    found, errors = {}, {}
    for line in document.lines:
        name = f"quantity-{line.id}"
        try:
            typed = lines.parse_quantity(request.form.get(name), pages.number_locale())
            found[line.id] = typed or Decimal(0)
        except TextProblem as problem:
            errors[name] = problem.message
    if errors:
        raise Invalid(errors)
    return found


def _page(
    document: Document,
    target: str,
    status: int = 200,
    errors: dict[str, list[str]] | None = None,
    *,
    cancels: bool = False,
    refused: Refused | None = None,
) -> Response:
    """The page that asks; with `refused` its form comes back with the reason above it."""
    session, refusal, records = db.session(), "", []
    try:
        if refused is None:
            conversions.check(session, document, target)
    except Refused as problem:
        refusal, records = str(problem.message), problem.records
    locale = pages.number_locale()
    left = conversions.left_of_lines(session, document) if document.kind == "blanket_order" else {}
    return asking.ask(
        "convert",
        document,
        status=status,
        refusal=refusal,
        records=records,
        errors={"": [str(refused)]} if refused is not None else errors or {},
        link=link_of(refused) if refused is not None else None,
        target=KINDS[target],
        cancels=cancels,
        vendor_no=request.form.get("vendor_invoice_no", ""),
        left=left,
        typed={
            line_id: request.form.get(f"quantity-{line_id}", formats.format_number(quantity, locale))
            for line_id, quantity in left.items()
        },
    )
