"""The items: a list that is searched, a form for each, and deleting what no document has."""

from collections.abc import Sequence
from typing import Any

from flask import Response, abort, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.common import display, history, htmx, once, pages
from blueprints.common.access import access
from blueprints.settings import answers, blueprint
from blueprints.settings.document_forms import ItemForm
from extensions import db
from models import Item
from services import items
from services.errors import Conflict, Invalid, NotFound
from services.text import TextProblem

SIZE = 50
END = "end"


@blueprint.get("/items")
@access("items", limit="search")
def list_items() -> Any:
    query, problem, status = request.args.get("q", "").strip(), None, 200
    found: Sequence[Item] = []
    links: dict[str, str | None] = {}
    total = 0
    try:
        found, links = _page_of(query)
        total = items.count(db.session(), query)
    except TextProblem as refused:
        problem, status = refused.message, 422
    template = "settings/_items.html" if htmx.is_partial() else "settings/items.html"
    return (
        render_template(
            template,
            items=found,
            links=links,
            total=total,
            all_items=items.count(db.session()),
            query=query,
            problem=problem,
            taxes=display.names("tax_group"),
        ),
        status,
    )


@blueprint.get("/items/new")
@access("items")
def new_item() -> Any:
    return _form_page(None, ItemForm())


@blueprint.post("/items/new")
@access("items")
def create_item() -> Any:
    form = ItemForm()

    def make() -> str:
        item = items.save(db.session(), None, form.values(), by=current_user.id)
        pages.notify(_("%(code)s was saved.", code=item.no))
        return url_for("settings.list_items")

    try:
        return once.creating(make)
    except Invalid as problem:
        form.show_errors(problem)
        return _form_page(None, form, 422)


@blueprint.get("/items/<int:id>")
@access("items")
def edit_item(id: int) -> Any:
    item = _item(id)
    return _form_page(item, ItemForm(obj=item))


@blueprint.post("/items/<int:id>")
@access("items")
def save_item(id: int) -> Any:
    item = _item(id)
    form = ItemForm(obj=item)
    try:
        items.save(db.session(), item, form.values(), by=current_user.id, seen=_seen())
    except Invalid as problem:
        form.show_errors(problem)
        return _form_page(item, form, 422)
    except Conflict as conflict:
        return _form_page(item, form, 409, conflict)
    return answers.saved(url_for("settings.list_items"), _("%(code)s was saved.", code=item.no))


@blueprint.get("/items/<int:id>/delete")
@access("items")
def confirm_delete_item(id: int) -> Any:
    item = _item(id)
    return render_template("settings/item_delete.html", item=item, used=items.uses(db.session(), item))


@blueprint.post("/items/<int:id>/delete")
@access("items")
def delete_item(id: int) -> Any:
    item = _item(id)
    items.delete(db.session(), item, by=current_user.id)
    return answers.saved(url_for("settings.list_items"), _("%(code)s was deleted.", code=item.no))


# -- helpers ----------------------------------------------------------------------------------------


def _item(id: int) -> Item:
    item = db.session.get(Item, id)
    if item is None:
        raise NotFound()
    return item


def _page_of(query: str) -> tuple[Sequence[Item], dict[str, str | None]]:
    """The items of the page that the address names, and the addresses of the pages around it."""
    after, before = request.args.get("after"), request.args.get("before")
    backwards = before is not None
    mark = _mark(before if backwards else after)
    found, more = items.page(db.session(), query, mark=mark, backwards=backwards, size=SIZE)
    has_previous, has_next = (more, mark is not None) if backwards else (mark is not None, more)

    def address(**place: Any) -> str:
        return url_for("settings.list_items", q=query or None, **place)

    return found, {
        "first": address() if has_previous else None,
        "previous": address(before=found[0].id) if has_previous and found else None,
        "next": address(after=found[-1].id) if has_next and found else None,
        "last": address(before=END) if has_next else None,
    }


def _mark(text: str | None) -> Item | None:
    """The item that a page begins or ends at; None for either end, and when it was deleted."""
    if text is None or text == END:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        abort(400)
    return db.session.get(Item, int(text))


def _seen() -> int | None:
    sent = request.form.get("seen", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else None


def _form_page(
    item: Item | None, form: ItemForm, status: int = 200, conflict: Conflict | None = None
) -> Response:
    """The form; after a conflict it says what the item holds now, and saving again overwrites that."""
    fields = conflict.fields if conflict is not None else []
    return answers.form_page(
        "settings/item.html",
        form,
        status,
        item=item,
        seen=item.version if item is not None else "",
        once=None if item is not None else once.token(),
        lines=history.of_item(item) if item is not None else [],
        present=[(form[one.name].label.text, form.as_shown(one.name, one.theirs)) for one in fields],
    )
