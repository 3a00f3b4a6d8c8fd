"""From a contact to its parties: create as, link with existing, unlink, and free relation codes."""

from collections.abc import Callable
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from blueprints.common import card_forms, cards, display, errors, once, pages, privacy_blocks
from blueprints.common.access import access
from blueprints.common.record_types import CONTACT, RECORD_TYPES
from blueprints.contacts.routes import blueprint
from extensions import db
from models import MODELS, Contact, Link, Office, PartyTemplate, RelationCode
from services import fields, links, records, search
from services.errors import Invalid, NotFound, Refused

PARTY = "<any(customer, vendor, 'bank-account'):party>"
RESERVED = ("customer", "vendor", "bank_account")


# -- create as --------------------------------------------------------------------------------------


@blueprint.get(f"/<int:id>/create-as/{PARTY}")
@access("edit_cards")
def confirm_create_as(id: int, party: str) -> Any:
    contact, kind = _contact(id), _kind(party)
    return _create_as_page(contact, kind)


@blueprint.post(f"/<int:id>/create-as/{PARTY}")
@access("edit_cards")
def create_as(id: int, party: str) -> Any:
    contact, kind = _contact(id), _kind(party)

    def make() -> str:
        saved = links.create_as(db.session(), contact, kind, template=_template(kind), by=current_user.id)
        pages.notify(
            _(
                "Made %(kind)s %(no)s from contact %(contact)s. The cards stay in step.",
                kind=fields.KIND_NAMES[kind],
                no=saved.record.no,
                contact=saved.contact.no if saved.contact else "",
            )
        )
        return f"{pages.card_url(saved.record)}?created=as"

    return once.creating(make)


def _create_as_page(contact: Contact, kind: str) -> Response:
    hub = links.hub_of(db.session(), contact)
    templates = db.session.scalars(
        select(PartyTemplate).where(PartyTemplate.kind == kind).order_by(PartyTemplate.code)
    ).all()
    return make_response(
        render_template(
            "contacts/create_as.html",
            contact=contact,
            hub=hub,
            kind=kind,
            party_type=RECORD_TYPES[kind],
            templates=templates,
            once_token=once.token(),
            **_refusal(links.check_can_create, hub, kind),
        )
    )


def _template(kind: str) -> PartyTemplate | None:
    chosen = card_forms.whole(request.form.get("template_id"))
    template = db.session.get(PartyTemplate, chosen) if chosen else None
    return template if template is not None and template.kind == kind else None


# -- link with existing -----------------------------------------------------------------------------


@blueprint.get(f"/<int:id>/link/{PARTY}")
@access("edit_cards")
def choose_link(id: int, party: str) -> Any:
    """First a lookup of the party; with `party_id`, the table that shows both cards side by side."""
    return _link_page(_contact(id), _kind(party), party)


@blueprint.post(f"/<int:id>/link/{PARTY}")
@access("edit_cards")
def link(id: int, party: str) -> Any:
    contact, kind = _contact(id), _kind(party)
    other = db.session.get(MODELS[kind], card_forms.whole(request.form.get("party_id")) or 0)
    if other is None:
        links.check_can_link(db.session(), links.hub_of(db.session(), contact), kind)
        return _link_page(
            contact, kind, party, errors={"party_id": _("Choose the card to link with.")}, status=422
        )
    wins = {
        name: request.form.get(f"wins_{name}") or request.form.get("wins", "") for name in fields.SHARED[kind]
    }
    try:
        saved, entry = links.link(db.session(), contact, other, wins, by=current_user.id)
    except Invalid as problem:
        db.session.rollback()
        return _link_page(contact, kind, party, chosen=other, wins=wins, errors=problem.errors, status=422)
    changed = {change.field for change in saved.changes}
    sentence = (
        _(
            "Linked. %(names)s changed.",
            names=display.enumeration(sorted(str(fields.label(name)) for name in changed)),
        )
        if changed
        else _("Linked. The two cards were equal already.")
    )
    pages.notify(sentence, url=f"/undo/{entry.id}", label=_("Undo"), post={})
    return redirect(pages.card_url(contact), 303)


def _link_page(
    contact: Contact,
    kind: str,
    party: str,
    *,
    chosen: Any = None,
    wins: dict[str, str] | None = None,
    errors: Any = None,
    status: int = 200,
) -> Response:
    hub = links.hub_of(db.session(), contact)
    state = _refusal(links.check_can_link, hub, kind)
    chosen = chosen or _chosen_party(kind)
    if chosen is not None and state["refusal"] is None:
        try:
            links.check_party_is_free(db.session(), chosen)
        except Refused as problem:
            state = {"refusal": problem, "refusal_link": None}
    typed = request.args.get("party_id_text", "").strip()
    return make_response(
        render_template(
            "contacts/link.html",
            contact=contact,
            hub=hub,
            kind=kind,
            party=party,
            party_type=RECORD_TYPES[kind],
            chosen=chosen,
            matches=_matches(kind, typed) if typed and chosen is None else None,
            typed=typed,
            rows=_rows(hub, chosen, wins or {}, errors or {}) if chosen is not None else [],
            same=_same(hub, chosen) if chosen is not None else [],
            problems={
                f"wins_{name}" if name != "party_id" else name: said for name, said in (errors or {}).items()
            },
            problem=status >= 400,
            **state,
        ),
        status,
    )


def _matches(kind: str, typed: str) -> list[search.Row]:
    without = privacy_blocks.left_out(kind)
    return search.find(db.session(), kind, typed, limit=20, where=without)


def _chosen_party(kind: str) -> Any:
    party_id = card_forms.whole(request.args.get("party_id"))
    if party_id:
        return db.session.get(MODELS[kind], party_id)
    typed = request.args.get("party_id_text", "")
    found = search.find(db.session(), kind, typed, limit=1) if typed.strip() else []
    return db.session.get(MODELS[kind], found[0].id) if found and search.has_number(found[0], typed) else None


def _rows(hub: Contact, party: Any, wins: dict[str, str], problems: Any) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "label": fields.label(one.name),
            "left": display.value("contact", one.name, one.contact_value),
            "right": display.value(party.KIND, one.name, one.party_value),
            "chosen": wins.get(one.name) or one.suggested or None,
            "error": str(problems[one.name][0]) if one.name in problems else None,
        }
        for one in links.compare(hub, party)
        if not one.same
    ]


def _same(hub: Contact, party: Any) -> list[dict[str, Any]]:
    return [
        {"label": fields.label(one.name), "value": display.value("contact", one.name, one.contact_value)}
        for one in links.compare(hub, party)
        if one.same
    ]


# -- unlink, free codes -----------------------------------------------------------------------------


@blueprint.get("/<int:id>/unlink/<int:link_id>")
@access("edit_cards")
def confirm_unlink(id: int, link_id: int) -> Any:
    contact, linked = _contact(id), _link(id, link_id)
    other = records.get_party(db.session(), linked)
    refusal = None
    try:
        links.check_can_unlink(db.session(), contact, linked)
    except Refused as problem:
        refusal = problem.message
    return render_template("contacts/unlink.html", contact=contact, link=linked, other=other, refusal=refusal)


@blueprint.post("/<int:id>/unlink/<int:link_id>")
@access("edit_cards")
def unlink(id: int, link_id: int) -> Any:
    contact, linked = _contact(id), _link(id, link_id)
    other = records.get_party(db.session(), linked)
    had_primary = getattr(other, "primary_contact_id", None) is not None
    entry = links.unlink(db.session(), linked, by=current_user.id)
    if other is None:
        sentence = _("The relation code %(code)s was removed.", code=linked.relation_code.code)
    elif had_primary:
        sentence = _(
            "Unlinked %(no)s: both cards keep their values. Its primary contact was cleared.", no=other.no
        )
    else:
        sentence = _("Unlinked %(no)s: both cards keep their values.", no=other.no)
    pages.notify(sentence, url=f"/undo/{entry.id}", label=_("Undo"), post={})
    return redirect(pages.card_url(contact), 303)


@blueprint.get("/<int:id>/relations")
@access("view_cards")
def relations(id: int) -> Any:
    return _relations_page(_contact(id))


@blueprint.post("/<int:id>/relations")
@access("edit_cards")
def add_relation(id: int) -> Any:
    contact = _contact(id)
    code = db.session.get(RelationCode, card_forms.whole(request.form.get("relation_code_id")) or 0)
    if code is None:
        return _relations_page(contact, {"relation_code_id": _("Choose a relation code.")}, 422)
    links.add_relation(db.session(), contact, code, by=current_user.id)
    pages.notify(_("Added the relation code %(code)s.", code=code.code))
    return redirect(url_for("contacts.relations", id=id), 303)


def _relations_page(contact: Contact, problems: dict[str, Any] | None = None, status: int = 200) -> Response:
    settings = records.office(db.session())
    return make_response(
        render_template(
            "contacts/relations.html",
            contact=contact,
            links=records.links_of(db.session(), contact),
            others={
                one.id: records.get_party(db.session(), one)
                for one in records.links_of(db.session(), contact)
            },
            codes=_free_codes(settings),
            problems=problems or {},
            problem=status >= 400,
        ),
        status,
    )


def _free_codes(settings: Office) -> list[RelationCode]:
    reserved = {settings.code_id(kind) for kind in RESERVED} - {None}
    return list(
        db.session.scalars(
            select(RelationCode).where(RelationCode.id.not_in(reserved)).order_by(RelationCode.code)
        )
    )


# -- helpers ----------------------------------------------------------------------------------------


def _contact(contact_id: int) -> Contact:
    contact: Contact = cards.load(CONTACT, contact_id)
    return contact


def _kind(party: str) -> str:
    return party.replace("-", "_")


def _link(contact_id: int, link_id: int) -> Link:
    found = db.session.get(Link, link_id) if link_id < 2**63 else None
    if found is None or found.contact_id != contact_id:
        raise NotFound()
    return found


def _refusal(check: Callable[..., None], hub: Contact, kind: str) -> dict[str, Any]:
    """Why the contact can have no party of this kind now, and where to go; both None when it can."""
    try:
        check(db.session(), hub, kind)
    except Refused as problem:
        return {"refusal": problem, "refusal_link": errors.link_of(problem)}
    return {"refusal": None, "refusal_link": None}
