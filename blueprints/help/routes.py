"""Help pages, whole or as the fragment that the ? panel shows; and which of them belongs to which page."""

from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext as _l

from blueprints.common import htmx
from blueprints.common.access import access
from services.errors import NotFound

blueprint = Blueprint("help", __name__)

TITLES = {
    "start": _l("Finding your way"),
    "contacts": _l("Contacts, companies and persons"),
    "customers": _l("Customers, vendors and bank accounts"),
    "lists": _l("Lists: searching, filtering, sorting"),
    "card": _l("Cards: reading and changing them"),
    "link": _l("Links between cards"),
    "delete": _l("Deleting, the bin and undoing"),
    "history": _l("History and activity"),
    "import": _l("Importing spreadsheets"),
    "settings": _l("Settings"),
    "users": _l("Users and what they may do"),
    "account": _l("Your account"),
    "keys": _l("Keyboard shortcuts"),
}
# The page of a subject, by the beginning of the endpoint; the most telling first.
SUBJECTS = {
    "contacts.link": "link",
    "contacts.confirm_create_as": "link",
    "contacts.create_as": "link",
    "contacts.choose_link": "link",
    "contacts.unlink": "link",
    "contacts.confirm_unlink": "link",
    "contacts.relations": "link",
    "contacts.list": "lists",
    "contacts.new": "contacts",
    "contacts.create": "contacts",
    "contacts": "card",
    "customers.list": "lists",
    "vendors.list": "lists",
    "bank_accounts.list": "lists",
    "customers.new": "customers",
    "vendors.new": "customers",
    "bank_accounts.new": "customers",
    "customers": "card",
    "vendors": "card",
    "bank_accounts": "card",
    "privacy": "delete",
    "history": "history",
    "home.activity": "history",
    "imports": "import",
    "jobs": "import",
    "settings.users": "users",
    "settings": "settings",
    "account": "account",
}


@blueprint.get("/help/<page>")
@access("help")
def show(page: str) -> Any:
    if page not in TITLES:
        raise NotFound()
    template = "help/_panel.html" if htmx.is_partial() else "help/page.html"
    return render_template(template, page=page, page_title=TITLES[page], titles=TITLES)


@blueprint.app_context_processor
def help_of_page() -> dict[str, str]:
    """The help that the ? of this page opens, unless its template says otherwise."""
    endpoint = request.endpoint or ""
    found = next((page for start, page in SUBJECTS.items() if endpoint.startswith(start)), "start")
    return {"help_page": found}
