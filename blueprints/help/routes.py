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
    "privacy": _l("Privacy: finding a person, answering a request"),
    "history": _l("History and activity"),
    "import": _l("Importing spreadsheets"),
    "settings": _l("Settings"),
    "users": _l("Users and what they may do"),
    "account": _l("Your account"),
    "keys": _l("Keyboard shortcuts"),
}
# Which help belongs to a page: the first of these that occurs in its route.
BELONGS = (
    ("/settings/users", "users"),
    ("/settings", "settings"),
    ("/privacy", "privacy"),
    ("/import", "import"),
    ("/jobs", "import"),
    ("/account", "account"),
    ("/activity", "history"),
    ("/history", "history"),
    ("/bin", "delete"),
    ("/undo", "delete"),
    ("/delete", "delete"),
    ("/create-as/", "link"),
    ("link/", "link"),
    ("/relations", "link"),
    ("/contacts/new", "contacts"),
    ("/new", "customers"),
    ("<int:id>", "card"),
    ("/contacts", "lists"),
    ("/customers", "lists"),
    ("/vendors", "lists"),
    ("/bank-accounts", "lists"),
)


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
    rule = request.url_rule.rule if request.url_rule is not None else ""
    return {"help_page": next((page for part, page in BELONGS if part in rule), "start")}
