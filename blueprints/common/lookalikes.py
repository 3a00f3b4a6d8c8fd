"""Possible duplicates on the pages: a hint while a new card or a section is typed, never a refusal (rule C7)."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask_babel import gettext as _

from blueprints.common import card_forms, display, pages
from blueprints.common.record_types import RecordType
from extensions import db
from models import AnyCard
from services import duplicates, fields
from services.duplicates import Match


def hint(record_type: RecordType) -> Response:
    """The piece of the page of a new card that names what the card looks like; silent about faulty input."""
    found = shown(of_form(record_type), record_type)
    return make_response(render_template("records/_duplicates.html", duplicates=found, creating=True))


def of_form(record_type: RecordType, company_id: int | None = None) -> list[Match]:
    """What the new card looks like, by what was typed so far."""
    typed: dict[str, Any] = {name: request.form.get(name, "") for name in duplicates.FIELDS}
    typed["company_id"] = company_id or card_forms.whole(request.form.get("company_id"))
    return duplicates.find_for_new(db.session(), record_type.kind, typed)


def are_known(matches: Sequence[Match]) -> bool:
    """Whether the form was sent by somebody who was shown these cards."""
    return {match.key for match in matches} <= set(request.form.getlist("known"))


def of_changed(record: AnyCard, typed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a card looks like after the change that is being typed, by the changed fields alone."""
    changed = {
        name: value
        for name, value in typed.items()
        if name in duplicates.FIELDS and (value or "") != (getattr(record, name) or "")
    }
    if not changed:
        return []
    if "name" in changed or "city" in changed:
        changed = {"name": record.name, "city": record.city} | changed
    changed["company_id"] = getattr(record, "company_id", None)
    found = duplicates.find(db.session(), record.KIND, changed, exclude_id=record.id)
    return shown(found)


def shown(matches: Sequence[Match], record_type: RecordType | None = None) -> list[dict[str, Any]]:
    """Matches as pages show them; a contact that a new party could be made from leads there."""
    return [
        {
            "key": match.key,
            "no": match.no,
            "name": match.name,
            "city": match.city,
            "url": f"/{pages.ADDRESSES[match.kind]}/{match.id}",
            "kind": _kind_of_other(match, record_type),
            "reasons": display.enumeration([str(reason) for reason in match.reasons]),
            "instead": _instead(match, record_type),
        }
        for match in matches
    ]


def _kind_of_other(match: Match, record_type: RecordType | None) -> str:
    """The kind of a card, where cards of several kinds stand in one list."""
    is_other = record_type is not None and match.kind != record_type.kind
    return str(fields.KIND_NAMES[match.kind]) if is_other else ""


def _instead(match: Match, record_type: RecordType | None) -> tuple[str, str] | None:
    """Where to make the party from a contact that exists already, with the words of that link."""
    if record_type is None or match.kind == record_type.kind:
        return None
    words = {
        "customer": _("Create the customer from this contact"),
        "vendor": _("Create the vendor from this contact"),
        "bank_account": _("Create the bank account from this contact"),
    }
    party = record_type.kind.replace("_", "-")
    return url_for("contacts.confirm_create_as", id=match.id, party=party), words[record_type.kind]
