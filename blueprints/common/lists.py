"""List pages of cards: search, filters as chips, sort, keyset pages, totals, choice of columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import abort, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Integer, Select, bindparam, func, select, tuple_

from blueprints.common import access, filters, htmx, list_addresses, list_rows, privacy_blocks
from blueprints.common.record_types import RECORD_TYPES, Column, RecordType
from extensions import db
from models import MODELS
from services import database, search, text
from services.errors import Invalid, Refused


@dataclass
class ListView:
    """One page of a list with everything its template shows."""

    type: RecordType
    query: str
    sort: str
    descending: bool
    columns: list[Column]
    size: int
    total: int = 0
    rows: list[list_rows.Row] = field(default_factory=list)
    active: list[filters.Active] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    has_previous: bool = False
    has_next: bool = False

    @cached_property
    def grand_total(self) -> int:
        """How many cards of the kind there are for this user; asked only where the page has no rows."""
        there = search.all_cards(db.session(), self.type.kind)
        return there - privacy_blocks.hidden_count(self.type.kind)

    def url(self, **changed: str | None) -> str:
        """The address of this list with some parameters changed or, with None, left out."""
        parameters = {**self.parameters, **changed}
        kept = {name: value for name, value in parameters.items() if value}
        return f"/{self.type.address}" + (f"?{urlencode(kept)}" if kept else "")

    def beside(self, piece: str) -> str:
        """The address of something about this list, which keeps its search and filters for the way back."""
        path, _sign, query = self.url().partition("?")
        return f"{path}/{piece}" + (f"?{query}" if query else "")

    def export_url(self, file_type: str, *, whole: bool = False) -> str:
        """The address of the file with these rows: with the columns shown, or with all of them."""
        wanted: dict[str, str | None] = {"columns": None, "all": "yes"} if whole else {}
        path, _sign, query = self.url(size=None, **wanted).partition("?")
        return f"{path}/export.{file_type}" + (f"?{query}" if query else "")

    def export_urls(self) -> dict[str, str]:
        """The addresses of all four files."""
        return {
            "xlsx": self.export_url("xlsx"),
            "csv": self.export_url("csv"),
            "whole_xlsx": self.export_url("xlsx", whole=True),
            "whole_csv": self.export_url("csv", whole=True),
        }

    def column_names(self) -> tuple[str, ...]:
        """The columns shown."""
        return tuple(one.name for one in self.columns)

    def narrowed_url(self, action: str) -> str:
        """The address of an action on all rows that the search and the filters leave."""
        path, _sign, query = self.url(size=None, sort=None, columns=None).partition("?")
        return f"{path}/{action}" + (f"?{query}" if query else "")

    def page_urls(self) -> dict[str, str | None]:
        """Addresses of the first, previous, next and last page; None at that end."""
        ends = (self.rows[0].id, self.rows[-1].id) if self.rows else None
        return list_addresses.page_urls(
            self.url, ends, has_previous=self.has_previous, has_next=self.has_next
        )

    def only_urls(self) -> dict[str, str]:
        """For each column with a filter that is not set: the address that the value of a cell completes (U-L4)."""
        address = self.url()
        begun = f"{address}{'&' if '?' in address else '?'}"
        return {
            one.name: f"{begun}{one.filter}="
            for one in self.columns
            if one.filter and one.filter not in self.parameters
        }

    def filters_shown(self) -> list[dict[str, str]]:
        """The chips: each filter's words, and the list without it."""
        anew: dict[str, str | None] = {"after": None, "before": None}
        return [{"label": one.label, "url": self.url(**{**anew, one.name: None})} for one in self.active]

    def size_links(self) -> list[dict[str, Any]]:
        """The page sizes that can be chosen."""
        return list_addresses.size_links(self.url, self.size)


def list_page(record_type: RecordType) -> Any:
    """The list as the address describes it: a whole page, or its `#list` piece for htmx with what follows it."""
    view = read_view(record_type)
    if "columns" in request.args:
        _remember(record_type, [column.name for column in view.columns])
    template = "records/_list_again.html" if htmx.is_partial() else "records/list.html"
    problem, status = None, 200
    try:
        fill(view)
    except text.TextProblem as refused:
        problem, status = refused.message, 422
    except Invalid as refused:
        problem, status = list_addresses.without_faulty(view.parameters, refused), 422
    return render_template(template, view=view, problem=problem, offered=_offered(view)), status


def read_view(record_type: RecordType) -> ListView:
    """What the address asks for; anything outside the fixed lists is a 400 (R-WEB-6)."""
    sorts = [column.name for column in record_type.columns if column.sort]
    sort, descending, size = list_addresses.asked_for(sorts, "name")
    known = {"q", "sort", "size", *(one.name for one in record_type.filters)}
    parameters = {name: value for name, value in request.args.items() if name in known and value}
    columns = _columns(record_type)
    if "columns" in request.args:
        parameters["columns"] = ",".join(column.name for column in columns)
    return ListView(
        type=record_type,
        query=request.args.get("q", "").strip(),
        sort=sort,
        descending=descending,
        columns=columns,
        size=size,
        parameters=parameters,
    )


def fill(view: ListView) -> None:
    """Read the page's rows and totals; raises Invalid or TextProblem for a filter or search it cannot read."""
    conditions = conditions_of(view)
    without = privacy_blocks.left_out(view.type.kind)
    found = _page(view, [*conditions, *without])
    # Where one page has them all, they are counted already.
    view.total = _count(view, conditions, without) if view.has_previous or view.has_next else len(found)
    view.rows = list_rows.shown(view.type, view.columns, found, view.only_urls())


def _count(view: ListView, conditions: Sequence[Any], without: Sequence[Any]) -> int:
    if not conditions:
        return view.grand_total
    model = view.type.model
    return db.session.scalar(select(func.count()).select_from(model).where(*conditions, *without)) or 0


def chosen_ids() -> list[int]:
    """The rows that were ticked; raises Refused when there are none, 400 for what no list sends."""
    sent = (request.form if request.method == "POST" else request.args).getlist("ids")
    if not sent:
        raise Refused(_("Tick the rows in the list first."))
    if len(sent) > list_addresses.SIZES[-1] or not all(
        one.isascii() and one.isdigit() and len(one) < 10 for one in sent
    ):
        abort(400)
    return [int(one) for one in dict.fromkeys(sent)]


def conditions_of(view: ListView) -> list[Any]:
    """What the filters and the search demand; raises Invalid or TextProblem for one it cannot read."""
    view.active = filters.read(view.type, request.args)
    conditions = [condition for active in view.active for condition in active.conditions]
    terms = text.search_terms(view.query)
    if terms:
        conditions.extend(database.search_condition(db.session(), view.type.model.__table__, terms))
    return conditions


def order_of(view: ListView) -> tuple[Any, Any]:
    """The order of the rows: the sort column, and the id where it is equal."""
    column, id_ = _sort_column(view.type, view.sort), view.type.model.id
    return (column.desc(), id_.desc()) if view.descending else (column.asc(), id_.asc())


# -- keyset pages -----------------------------------------------------------------------------------


def _page(view: ListView, conditions: Sequence[Any]) -> list[Any]:
    """The rows of the page: a seek by (sort column, id), so the last page costs what the first does."""
    after, before = request.args.get("after"), request.args.get("before")
    backwards = before is not None
    position = _position(view, before if backwards else after)
    query = _query(
        view.type.kind, view.column_names(), view.sort, view.descending == backwards, position is not None
    )
    if conditions:
        query = query.where(*conditions)
    values = {"size": view.size + 1, **(position or {})}
    # Of the connection: rows that are no records need nothing of the session.
    found = list(db.session.connection().execute(query, values))
    more = len(found) > view.size
    found = found[: view.size]
    if backwards:
        found.reverse()
    view.has_previous = more if backwards else position is not None
    view.has_next = (before != list_addresses.END and position is not None) if backwards else more
    return found


@lru_cache(maxsize=256)
def _query(kind: str, columns: tuple[str, ...], sort: str, ascending: bool, seeks: bool) -> Select[Any]:
    """The statement of a page, made once: making it takes as long as running it."""
    column, id_ = _sort_column(RECORD_TYPES[kind], sort), MODELS[kind].id
    query = list_rows.query(kind, columns)
    if seeks:
        key = tuple_(column, id_)
        place = tuple_(bindparam("sorted_by", type_=column.type), bindparam("id", type_=id_.type))
        query = query.where(key > place if ascending else key < place)
    order = [one.asc() if ascending else one.desc() for one in (column, id_)]
    return query.order_by(*order).limit(bindparam("size", type_=Integer))


def _sort_column(record_type: RecordType, sort: str) -> Any:
    return getattr(record_type.model, next(one.sort for one in record_type.columns if one.name == sort))


def _position(view: ListView, mark: str | None) -> dict[str, Any] | None:
    """The place of the record a page begins or ends at; None for either end, or when it was deleted."""
    id_ = list_addresses.row_named(mark)
    if id_ is None:
        return None
    model = view.type.model
    found = db.session.execute(
        select(_sort_column(view.type, view.sort), model.id).where(model.id == id_)
    ).first()
    return {"sorted_by": found[0], "id": found[1]} if found is not None else None


# -- choice of columns ------------------------------------------------------------------------------


def _columns(record_type: RecordType) -> list[Column]:
    """The columns to show: as the address says, as the user chose last, or the usual ones."""
    wanted = request.args.getlist("columns")
    chosen = [name for part in wanted for name in part.split(",")]
    remembered = (current_user.preferences or {}).get("columns", {})
    if not chosen:
        chosen = remembered.get(record_type.kind) or [c.name for c in record_type.columns if c.shown]
    # The number and the name open the card: a list without them leads nowhere.
    return [column for column in record_type.columns if column.name in (*chosen, "no", "name")]


def _remember(record_type: RecordType, names: list[str]) -> None:
    user = current_user._get_current_object()
    if (user.preferences or {}).get("columns", {}).get(record_type.kind) == names:
        return

    def write() -> None:
        preferences = dict(user.preferences or {})
        preferences["columns"] = {**preferences.get("columns", {}), record_type.kind: names}
        user.preferences = preferences

    access.write_aside(write)


def _offered(view: ListView) -> tuple[filters.Offered, ...]:
    """The filters that can still be added."""
    return filters.offered(view.type, set(view.parameters))
