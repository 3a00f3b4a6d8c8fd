"""The lists of documents, one for each kind: search, filters, sort, pages by key, exact totals."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request
from flask_babel import gettext as _
from sqlalchemy import Select, func, literal, select, tuple_

from blueprints.common import filters, htmx, list_addresses, pages
from blueprints.common.access import access
from blueprints.documents import blueprint
from blueprints.documents.states import STATE_FILTERS, states_of
from extensions import db
from models import MODELS, Contact, Document
from services import clock, database, fields, formats, text, totals
from services.documents import figures, parties, payments
from services.documents.kinds import KINDS, Kind
from services.errors import Invalid

# The columns that a list can be sorted by, with their words in the address.
SORTS = {"no": "no", "date": "document_date", "name": "search_name", "total": "total"}
FILTERS = ("state", "party", "contact", "date", "no")
_NEEDED = ("id", "kind", "state", "no", "name", "document_date", "due_date", "currency", "total")


@dataclass
class DocumentList:
    """One page of a list with everything its template shows."""

    type: Kind
    query: str
    sort: str
    descending: bool
    size: int
    parameters: dict[str, str]
    total: int = 0
    grand_total: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    active: list[filters.Active] = field(default_factory=list)
    has_previous: bool = False
    has_next: bool = False

    @property
    def address(self) -> str:
        return pages.documents_url(self.type.name)

    def url(self, **changed: str | None) -> str:
        """The address of this list with some parameters changed or, with None, left out."""
        kept = {name: value for name, value in {**self.parameters, **changed}.items() if value}
        return self.address + (f"?{urlencode(kept)}" if kept else "")

    def sort_url(self, name: str) -> str:
        """The address that sorts by a column, and the other way round the second time."""
        turned = name == self.sort and not self.descending
        return self.url(sort=f"-{name}" if turned else name)

    def order(self, name: str) -> str:
        """How the list is sorted by a column; "" when it is not."""
        if name != self.sort:
            return ""
        return "descending" if self.descending else "ascending"

    def page_urls(self) -> dict[str, str | None]:
        """Addresses of the first, previous, next and last page; None at that end."""
        ends = (self.rows[0]["id"], self.rows[-1]["id"]) if self.rows else None
        return list_addresses.page_urls(
            self.url, ends, has_previous=self.has_previous, has_next=self.has_next
        )

    def chips(self) -> list[dict[str, str]]:
        """Each filter's words, and the list without it."""
        return [{"label": one.label, "url": self.url(**{one.name: None})} for one in self.active]

    def size_links(self) -> list[dict[str, Any]]:
        """The page sizes that can be chosen."""
        return list_addresses.size_links(self.url, self.size)


@blueprint.get("/<document_kind:kind>")
@access("view_documents")
def index(kind: str) -> Any:
    view = read_view(KINDS[kind])
    problem, status = None, 200
    try:
        fill(view)
    except text.TextProblem as refused:
        problem, status = refused.message, 422
    except Invalid as refused:
        problem, status = list_addresses.without_faulty(view.parameters, refused), 422
    template = "documents/_rows.html" if htmx.is_partial() else "documents/list.html"
    return render_template(template, view=view, problem=problem, states=STATE_FILTERS[_shape(view)]), status


def read_view(kind: Kind) -> DocumentList:
    """What the address asks for; anything outside the fixed lists is a 400 (R-WEB-6)."""
    sort, descending, size = list_addresses.asked_for(SORTS, "-date")
    known = {"q", "sort", "size", *FILTERS}
    return DocumentList(
        type=kind,
        query=request.args.get("q", "").strip(),
        sort=sort,
        descending=descending,
        size=size,
        parameters={name: value for name, value in request.args.items() if name in known and value},
    )


def fill(view: DocumentList) -> None:
    """Read the page's rows and totals; raises Invalid or TextProblem for a filter or search it cannot read."""
    of_kind = Document.kind == view.type.name
    counted = select(func.count()).select_from(Document).where(of_kind)
    view.grand_total = totals.of(db.session(), view.type.name)
    view.active = _active(view)
    conditions = [condition for one in view.active for condition in one.conditions]
    terms = text.search_terms(view.query)
    if terms:
        conditions.extend(database.search_condition(db.session(), Document.__table__, terms))
    view.total = (db.session.scalar(counted.where(*conditions)) or 0) if conditions else view.grand_total
    columns = [getattr(Document, name) for name in _NEEDED]
    view.rows = _shown(_page(view, select(*columns).where(of_kind, *conditions)))


# -- filters ----------------------------------------------------------------------------------------


def _shape(view: DocumentList) -> str:
    """Which states a kind's documents go through: sold, billed and paid; credited; or offered and ordered."""
    return "order" if not view.type.freezes else "credit" if view.type.is_credit else "invoice"


def _active(view: DocumentList) -> list[filters.Active]:
    found = []
    for name in FILTERS:
        try:
            wanted = text.clean(request.args.get(name), limit=text.QUERY_LIMIT)
            if wanted:
                found.append(_FILTERS[name](view, wanted))
        except text.TextProblem as problem:
            raise Invalid({name: problem.message}) from problem
    return found


def _state(view: DocumentList, wanted: str) -> filters.Active:
    known = STATE_FILTERS[_shape(view)]
    if wanted not in known:
        raise text.TextProblem(_("Choose one of the values in the list."))
    office = pages.office()
    assert office is not None
    label, conditions = known[wanted]
    return filters.Active("state", _("State: %(value)s", value=label), tuple(conditions(clock.today(office))))


def _party(view: DocumentList, wanted: str) -> filters.Active:
    side = view.type.side
    known = wanted.isascii() and wanted.isdigit() and len(wanted) < 10
    party = db.session.get(MODELS[side], int(wanted)) if known else None
    if party is None:
        raise text.TextProblem(_("This record does not exist, or it was deleted."))
    label = _("%(kind)s %(no)s", kind=fields.KIND_NAMES[side], no=f"{party.no} {party.name}")
    return filters.Active("party", label, (getattr(Document, f"{side}_id") == party.id,))


def _contact(view: DocumentList, wanted: str) -> filters.Active:
    """What the card of a contact counts: its own documents, and those of its customer or vendor."""
    known = wanted.isascii() and wanted.isdigit() and len(wanted) < 10
    contact = db.session.get(Contact, int(wanted)) if known else None
    if contact is None:
        raise text.TextProblem(_("This record does not exist, or it was deleted."))
    party = parties.linked_party(db.session(), contact, view.type.side)
    label = _("%(kind)s %(no)s", kind=fields.KIND_NAMES["contact"], no=f"{contact.no} {contact.name}")
    return filters.Active("contact", label, (figures.of_contact(contact, party),))


def _date(_view: DocumentList, wanted: str) -> filters.Active:
    conditions = filters.interval(Document.document_date, wanted, filters.typed_day)
    return filters.Active("date", _("Date: %(value)s", value=wanted), tuple(conditions))


def _no(_view: DocumentList, wanted: str) -> filters.Active:
    conditions = filters.interval(Document.no, wanted, lambda typed: typed)
    return filters.Active("no", _("No.: %(value)s", value=wanted), tuple(conditions))


_FILTERS: dict[str, Callable[[DocumentList, str], filters.Active]] = {
    "state": _state,
    "party": _party,
    "contact": _contact,
    "date": _date,
    "no": _no,
}

# -- rows and pages ---------------------------------------------------------------------------------


def _shown(found: list[Any]) -> list[dict[str, Any]]:
    """The rows as the template shows them; what is open of them, and whether they were sent, is read at once."""
    locale = pages.number_locale()
    ids = [row.id for row in found]
    open_now = payments.open_amounts(db.session(), ids) if found else {}
    states = states_of(db.session(), found, open_now)
    return [
        {
            "id": row.id,
            "no": row.no,
            "name": row.name,
            "date": formats.format_date(row.document_date, locale),
            "due": formats.format_date(row.due_date, locale) if row.due_date else "",
            "total": formats.format_money(row.total, row.currency, locale),
            "open": formats.format_money(open_now[row.id], row.currency, locale)
            if row.id in open_now
            else "",
            "state": state,
        }
        for row, state in zip(found, states, strict=True)
    ]


def _page(view: DocumentList, query: Select[Any]) -> list[Any]:
    """The rows of the page: a seek by (sort column, id), so the last page costs what the first does."""
    column = getattr(Document, SORTS[view.sort])
    after, before = request.args.get("after"), request.args.get("before")
    backwards = before is not None
    position = _position(view, column, before if backwards else after)
    ascending = view.descending == backwards
    if position is not None:
        key = tuple_(column, Document.id)
        place = tuple_(literal(position[0], column.type), literal(position[1]))
        query = query.where(key > place if ascending else key < place)
    ordered = query.order_by(*(one.asc() if ascending else one.desc() for one in (column, Document.id)))
    found = list(db.session.execute(ordered.limit(view.size + 1)))
    more = len(found) > view.size
    found = found[: view.size]
    if backwards:
        found.reverse()
    view.has_previous = more if backwards else position is not None
    view.has_next = (before != list_addresses.END and position is not None) if backwards else more
    return found


def _position(view: DocumentList, column: Any, mark: str | None) -> tuple[Any, int] | None:
    """The place of the document a page begins or ends at; None for either end, or when it was deleted."""
    id_ = list_addresses.row_named(mark)
    if id_ is None:
        return None
    found = db.session.execute(select(column, Document.id).where(Document.id == id_)).first()
    return (found[0], found[1]) if found is not None else None
