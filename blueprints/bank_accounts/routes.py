"""The pages of bank accounts: list, export, card, sections, new."""

from typing import Any

from flask import Blueprint

from blueprints.common import cards, contact_batch, creating, exports, lists, lookalikes, party_contact
from blueprints.common.access import access
from blueprints.common.record_types import BANK_ACCOUNT

blueprint = Blueprint("bank_accounts", __name__, url_prefix="/bank-accounts")
SECTION = "<any(general, bank, address, communication, notes):section>"


@blueprint.get("")
@access("view_cards")
def index() -> Any:
    return lists.list_page(BANK_ACCOUNT)


@blueprint.get("/export.<any(csv, xlsx):file_type>")
@access("export", limit="export")
def export(file_type: str) -> Any:
    return exports.export_list(BANK_ACCOUNT, file_type)


@blueprint.get("/new")
@access("edit_bank")
def new() -> Any:
    return creating.new_card(BANK_ACCOUNT)


@blueprint.post("/new")
@access("edit_bank")
def create() -> Any:
    return creating.create_card(BANK_ACCOUNT)


@blueprint.post("/new/duplicates")
@access("edit_bank", own_transaction=True, limit="search")
def duplicates() -> Any:
    return lookalikes.hint(BANK_ACCOUNT)


@blueprint.get("/<int:id>")
@access("view_cards")
def show(id: int) -> Any:
    return cards.show_card(BANK_ACCOUNT, id)


@blueprint.get(f"/<int:id>/{SECTION}")
@access("view_cards")
def section(id: int, section: str) -> Any:
    return cards.show_section(BANK_ACCOUNT, id, section)


@blueprint.get(f"/<int:id>/{SECTION}/edit")
@access("edit_bank")
def edit(id: int, section: str) -> Any:
    return cards.edit_section(BANK_ACCOUNT, id, section)


@blueprint.post(f"/<int:id>/{SECTION}")
@access("edit_bank")
def save(id: int, section: str) -> Any:
    return cards.save_section(BANK_ACCOUNT, id, section)


@blueprint.post(f"/<int:id>/{SECTION}/changes")
@access("edit_bank", own_transaction=True)
def changes(id: int, section: str) -> Any:
    return cards.preview_section(BANK_ACCOUNT, id, section)


@blueprint.get("/<int:id>/contact")
@access("edit_cards")
def confirm_contact(id: int) -> Any:
    return party_contact.confirm(BANK_ACCOUNT, id)


@blueprint.post("/<int:id>/contact")
@access("edit_cards")
def make_contact(id: int) -> Any:
    return party_contact.make(BANK_ACCOUNT, id)


@blueprint.get("/create-contacts")
@access("edit_bank")
def confirm_contacts() -> Any:
    return contact_batch.confirm(BANK_ACCOUNT)


@blueprint.post("/create-contacts")
@access("edit_bank")
def create_contacts() -> Any:
    return contact_batch.start(BANK_ACCOUNT)
