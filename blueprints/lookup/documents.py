"""Suggestions for documents: whom a new one is for, and the items of its lines."""

from typing import Any

from flask import abort, render_template, request

from blueprints.common.access import access
from blueprints.common.party_options import SHOWN, groups
from blueprints.lookup.routes import blueprint
from extensions import db
from services import items
from services.documents.kinds import KINDS

ALL = 100


@blueprint.get("/parties")
@access("edit_documents", limit="search")
def suggest_parties() -> Any:
    kind, query = _kind(), request.args.get("q", "")
    return render_template(
        "lookup/_parties.html", kind=kind, type=KINDS[kind], query=query.strip(), groups=groups(kind, query)
    )


@blueprint.get("/parties/all")
@access("edit_documents", limit="search")
def all_parties() -> Any:
    return render_template("lookup/all_parties.html", groups=groups(_kind(), request.args.get("q", ""), ALL))


@blueprint.get("/items")
@access("edit_documents", limit="search")
def suggest_items() -> Any:
    query = request.args.get("q", "")
    found, _more = items.page(db.session(), query, mark=None, backwards=False, size=SHOWN)
    return render_template("lookup/_items.html", items=found, total=items.count(db.session(), query))


def _kind() -> str:
    kind = request.args.get("kind", "")
    if kind not in KINDS:
        abort(400)
    return kind
