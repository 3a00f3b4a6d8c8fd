"""The pages of vendors: list, export, card, sections, new."""

from typing import Any

from flask import Blueprint

from blueprints.common import cards, contact_batch, creating, exports, lists, lookalikes, party_contact
from blueprints.common.access import access
from blueprints.common.record_types import VENDOR

blueprint = Blueprint("vendors", __name__, url_prefix="/vendors")
SECTION = "<any(general, address, communication, invoicing, payments, notes):section>"


@blueprint.get("")
@access("view_cards")
def index() -> Any:
    return lists.list_page(VENDOR)


@blueprint.get("/export.<any(csv, xlsx):file_type>")
@access("export", limit="export")
def export(file_type: str) -> Any:
    return exports.export_list(VENDOR, file_type)


@blueprint.get("/new")
@access("edit_cards")
def new() -> Any:
    return creating.new_card(VENDOR)


@blueprint.post("/new")
@access("edit_cards")
def create() -> Any:
    return creating.create_card(VENDOR)


@blueprint.post("/new/duplicates")
@access("edit_cards", own_transaction=True, limit="search")
def duplicates() -> Any:
    return lookalikes.hint(VENDOR)


@blueprint.get("/<int:id>")
@access("view_cards")
def show(id: int) -> Any:
    return cards.show_card(VENDOR, id)


@blueprint.get(f"/<int:id>/{SECTION}")
@access("view_cards")
def section(id: int, section: str) -> Any:
    return cards.show_section(VENDOR, id, section)


@blueprint.get(f"/<int:id>/{SECTION}/edit")
@access("edit_cards")
def edit(id: int, section: str) -> Any:
    return cards.edit_section(VENDOR, id, section)


@blueprint.post(f"/<int:id>/{SECTION}")
@access("edit_cards")
def save(id: int, section: str) -> Any:
    return cards.save_section(VENDOR, id, section)


@blueprint.post(f"/<int:id>/{SECTION}/changes")
@access("edit_cards", own_transaction=True)
def changes(id: int, section: str) -> Any:
    return cards.preview_section(VENDOR, id, section)


@blueprint.get("/<int:id>/contact")
@access("edit_cards")
def confirm_contact(id: int) -> Any:
    return party_contact.confirm(VENDOR, id)


@blueprint.post("/<int:id>/contact")
@access("edit_cards")
def make_contact(id: int) -> Any:
    return party_contact.make(VENDOR, id)


@blueprint.get("/create-contacts")
@access("edit_cards")
def confirm_contacts() -> Any:
    return contact_batch.confirm(VENDOR)


@blueprint.post("/create-contacts")
@access("edit_cards")
def create_contacts() -> Any:
    return contact_batch.start(VENDOR)
