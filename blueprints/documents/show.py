"""The page of a document: what stands above the lines, the lines, what they come to, and what can be done."""

from decimal import Decimal
from typing import Any

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from blueprints.common import access as rights
from blueprints.common import display, pages
from blueprints.common.access import access
from blueprints.documents import blueprint, happened
from blueprints.documents.header_forms import TITLES, section_fields, shown
from blueprints.documents.line_forms import filled
from blueprints.documents.states import states_of
from extensions import db
from models import AnyCard, Document, DocumentLine, TaxGroup, TaxRate
from services import clock, formats, recent, records
from services.documents import changes, converting, copies, deleting, kinds, payments, totals
from services.documents.labels import LABELS
from services.errors import NotFound

# The tax groups, each with its rates.
_GROUPS = (
    select(TaxGroup.id, TaxGroup.code, TaxRate)
    .outerjoin(TaxRate, TaxRate.group_id == TaxGroup.id)
    .order_by(TaxGroup.code, TaxRate.position)
)


@blueprint.get("/<document_kind:kind>/<int:id>")
@access("view_documents")
def show(kind: str, id: int) -> Any:
    document = load(kind, id)
    recent.note(current_user.id, document.KIND, document.id)
    return page(document)


def url_of(document: Document) -> str:
    """The address of a document's page."""
    return pages.card_url(document)


def load(kind: str, id_: int) -> Document:
    """The document of an address with its lines; 404 when there is none, or when it is of another kind."""
    document = changes.load(db.session(), id_)
    if document.kind != kind:
        raise NotFound()
    return document


def page(document: Document, status: int = 200, **more: Any) -> Response:
    """The whole page; `more` holds what is being edited, or went wrong."""
    return make_response(
        render_template(
            "documents/show.html",
            problem=status >= 400,
            timeline=happened.timeline(document),
            made=_made(document),
            **context(document),
            **more,
        ),
        status,
    )


def context(document: Document) -> dict[str, Any]:
    """What the templates of the page need."""
    session = db.session()
    found = context_of_lines(document)
    open_now = found["open_amount"]
    return found | {
        "kinds": kinds.KINDS,
        "list_url": pages.documents_url(document.kind),
        "state": states_of(session, [document], {document.id: open_now} if open_now > 0 else {})[0],
        "differences": copies.differences(session, document) if _is_open(document) else [],
        "source": converting.source_of(session, document),
        "made_from": converting.made_from(session, document),
        "section_titles": TITLES,
        "labels_of_document": LABELS,
        "section_rows": _section_rows,
        "names": {name: display.names(name) for name in ("payment_terms", "tax_group", "user")},
    }


def context_of_lines(document: Document) -> dict[str, Any]:
    """What the templates of the lines and their sums need: a line that is saved asks for no more."""
    session = db.session()
    return {
        "document": document,
        "type": kinds.of(document),
        "base": pages.card_url(document),
        "may_edit": rights.can("edit_documents") and _is_open(document),
        "sums": totals.of_document(session, document, records.office(session)),
        "open_amount": payments.open_amount(session, document) if document.is_issued else Decimal(0),
        "line_form_of": filled,
        **_taxes(session, document),
    }


def _is_open(document: Document) -> bool:
    return document.state in ("draft", "open")


def _made(document: Document) -> list[AnyCard]:
    """The cards that were made on the way in this document, as its address names them, while it is all they have."""
    named = request.args.getlist("also")
    if not named or not _is_open(document) or not rights.can("edit_documents"):
        return []
    party = [document.party] if document.party is not None else []
    found = dict.fromkeys([*party, *deleting.offers(db.session(), document)])
    return [card for card in found if pages.card_key(card) in named]


def _section_rows(document: Document, name: str) -> list[tuple[Any, str]]:
    """The label and the text of each field of a section."""
    return [(LABELS[one], shown(document, one)) for one in section_fields(document, name)]


def _taxes(session: Session, document: Document) -> dict[str, Any]:
    """The tax groups with what they charge today, and the code of what a line has that chooses none itself."""
    office = records.office(session)
    today, locale = clock.today(office), pages.number_locale()
    groups: dict[tuple[int, str], list[TaxRate]] = {}
    for id_, code, rate in session.execute(_GROUPS):
        groups.setdefault((id_, code), []).extend([rate] if rate is not None else [])
    found, codes = [], {group[0]: group[1] for group in groups}
    for (id_, code), rates in groups.items():
        said = [
            _("%(name)s %(percent)s %%", name=one.name, percent=formats.format_number(one.percent, locale))
            for one in totals.in_force(rates, today)
        ]
        found.append((str(id_), f"{code} ({' + '.join(said)})" if said else code))

    def usual(line: DocumentLine | None) -> str:
        return codes.get(totals.usual_group(document, line, office) or 0, "")

    return {"tax_choices": found, "usual_tax": usual}
