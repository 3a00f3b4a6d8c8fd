"""The pages of contacts: list, export, card, vCard, sections, new."""

import re
from typing import Any

from flask import Blueprint, make_response

from blueprints.common import cards, creating, exports, lists, lookalikes, pages
from blueprints.common.access import access
from blueprints.common.record_types import CONTACT
from extensions import db
from services import vcards
from services.privacy import blocks

blueprint = Blueprint("contacts", __name__, url_prefix="/contacts")
SECTION = "<any(general, person, address, communication, notes):section>"


@blueprint.get("")
@access("view_cards")
def index() -> Any:
    return lists.list_page(CONTACT)


@blueprint.get("/export.<any(csv, xlsx):file_type>")
@access("export", limit="export")
def export(file_type: str) -> Any:
    return exports.export_list(CONTACT, file_type)


@blueprint.get("/new")
@access("edit_cards")
def new() -> Any:
    return creating.new_card(CONTACT)


@blueprint.post("/new")
@access("edit_cards")
def create() -> Any:
    return creating.create_card(CONTACT)


@blueprint.post("/new/duplicates")
@access("edit_cards", own_transaction=True, limit="search")
def duplicates() -> Any:
    return lookalikes.hint(CONTACT)


@blueprint.get("/<int:id>")
@access("view_cards")
def show(id: int) -> Any:
    return cards.show_card(CONTACT, id)


@blueprint.get("/<int:id>.vcf")
@access("view_cards")
def vcard(id: int) -> Any:
    contact = cards.load(CONTACT, id)
    blocks.check(db.session(), contact)
    response = make_response(vcards.vcard(contact, contact.company, pages.locale_code()))
    response.headers["Content-Type"] = "text/vcard; charset=utf-8"
    # A number may hold any sign; the name of a file may not.
    name = re.sub(r"[^A-Za-z0-9-]+", "-", contact.no)
    response.headers["Content-Disposition"] = f'attachment; filename="contact-{name}.vcf"'
    return response


@blueprint.get(f"/<int:id>/{SECTION}")
@access("view_cards")
def section(id: int, section: str) -> Any:
    return cards.show_section(CONTACT, id, section)


@blueprint.get(f"/<int:id>/{SECTION}/edit")
@access("edit_cards")
def edit(id: int, section: str) -> Any:
    return cards.edit_section(CONTACT, id, section)


@blueprint.post(f"/<int:id>/{SECTION}")
@access("edit_cards")
def save(id: int, section: str) -> Any:
    return cards.save_section(CONTACT, id, section)


@blueprint.post(f"/<int:id>/{SECTION}/changes")
@access("edit_cards", own_transaction=True)
def changes(id: int, section: str) -> Any:
    return cards.preview_section(CONTACT, id, section)
