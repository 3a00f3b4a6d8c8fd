"""The pages that ask before something is done with a document: why it cannot be, or what it means."""

from typing import Any

from flask import Response, make_response, render_template

from blueprints.common import once, pages
from models import Document
from services.documents import kinds
from services.errors import Invalid


def ask(template: str, document: Document, *, status: int = 200, **more: Any) -> Response:
    """One such page; without `refusal` it has its form."""
    shown = {"refusal": "", "records": [], "errors": {}, "link": None} | more
    page = render_template(
        f"documents/{template}.html",
        document=document,
        type=kinds.of(document),
        base=pages.card_url(document),
        once=once.token(),
        problem=status >= 400,
        **shown,
    )
    return make_response(page, status)


def sentences(problem: Invalid) -> dict[str, list[str]]:
    """What is wrong, by field, as templates show it."""
    return {name: [str(one) for one in said] for name, said in problem.errors.items()}
