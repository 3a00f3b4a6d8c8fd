"""What choosing fields suggest while somebody types, and values echoed in their usual form."""

from typing import Any

from flask import Blueprint, abort, make_response, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select

from blueprints.common import card_forms, pages, privacy_blocks
from blueprints.common.access import access
from blueprints.common.record_types import RECORD_TYPES
from extensions import db
from models import MODELS, AnyCard, Contact, Link
from services import clock, formats, search
from services.text import TextProblem

blueprint = Blueprint("lookup", __name__, url_prefix="/lookup")

SHOWN = 8
ALL = 200
# What can be looked up: the kind of card, and which of them.
WHAT = {
    "companies": "contact",
    "persons": "contact",
    "unlinked-customers": "customer",
    "unlinked-vendors": "vendor",
    "unlinked-bank-accounts": "bank_account",
}


@blueprint.get(f"/<any({', '.join(repr(what) for what in WHAT)}):what>")
@access("edit_cards", limit="search")
def suggest(what: str) -> Any:
    """The best matches as options; blocked ones are shown with the reason and cannot be chosen."""
    kind, query, where = WHAT[what], request.args.get("q", ""), _conditions(what)
    rows = search.find(db.session(), kind, query, limit=SHOWN, where=where)
    taken, unnamed = _taken(what, rows)
    return render_template(
        "lookup/_options.html",
        what=what,
        query=query,
        party=request.args.get("party", ""),
        heading=RECORD_TYPES[kind].plural,
        address=RECORD_TYPES[kind].address,
        rows=rows,
        taken=taken,
        unnamed=unnamed,
        total=search.total(db.session(), kind, query, where=where) if len(rows) == SHOWN else len(rows),
        shown=SHOWN,
    )


@blueprint.get(f"/<any({', '.join(repr(what) for what in WHAT)}):what>/all")
@access("edit_cards", limit="search")
def everything(what: str) -> Any:
    """All matches, for the dialog behind "Show all"."""
    kind, query, where = WHAT[what], request.args.get("q", ""), _conditions(what)
    rows = search.find(db.session(), kind, query, limit=ALL, where=where)
    taken, unnamed = _taken(what, rows)
    return render_template(
        "lookup/all.html",
        rows=rows,
        taken=taken,
        unnamed=unnamed,
        address=RECORD_TYPES[kind].address,
        plural=RECORD_TYPES[kind].plural,
        total=search.total(db.session(), kind, query, where=where),
    )


@blueprint.post("/echo")
@access("view_cards", own_transaction=True)
def echo() -> Any:
    """A typed number or date in its usual form; 422 when it cannot be read. Nothing is kept."""
    typed, locale, settings = request.form.get("value", ""), pages.number_locale(), pages.office()
    assert settings is not None
    try:
        if request.form.get("kind") == "date":
            return _plain(
                formats.format_date(formats.parse_date(typed, clock.today(settings), locale), locale)
            )
        number = formats.parse_decimal(typed, locale)
    except TextProblem as problem:
        return _plain(str(problem.message), 422)
    return _plain(formats.format_number(number, locale, 2) if number is not None else "")


def _plain(text: str, status: int = 200) -> Any:
    response = make_response(text, status)
    response.mimetype = "text/plain"
    return response


def _conditions(what: str) -> tuple[Any, ...]:
    if what == "companies":
        return (Contact.type == "company",)
    return card_forms.persons_of(_party()) if what == "persons" else ()


def _party() -> AnyCard | None:
    """The customer or vendor whose primary contact is looked for."""
    kind, _dash, party_id = request.args.get("party", "").partition("-")
    id_ = card_forms.whole(party_id)
    if kind not in ("customer", "vendor") or id_ is None:
        abort(400)
    return db.session.get(MODELS[kind], id_)


def _taken(what: str, rows: list[search.Row]) -> tuple[dict[int, str], set[int]]:
    """Why cards that were found cannot be chosen: linked with a contact already, or blocked for privacy.

    Of some of the latter only the number is shown.
    """
    kind, ids = WHAT[what], [row.id for row in rows]
    blocked, unnamed = privacy_blocks.not_to_choose(kind, ids)
    if not what.startswith("unlinked"):
        return blocked, unnamed
    key = getattr(Link, f"{kind}_id")
    found = db.session.execute(
        select(key, Contact.no).join(Contact, Contact.id == Link.contact_id).where(key.in_(ids))
    )
    return {row[0]: _("linked with %(no)s", no=row.no) for row in found} | blocked, unnamed
