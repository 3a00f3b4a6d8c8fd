"""Documents: quotes, orders, invoices and credit memos of sales and purchases, from the list to the last line.

One blueprint serves all ten kinds: the first two parts of an address, like sales/blanket-orders, name the kind.
"""

from typing import Any

from flask import Blueprint
from werkzeug.routing import BaseConverter, ValidationError

from services.documents import kinds


class DocumentKind(BaseConverter):
    """The kind of document that an address names; views get its name."""

    regex = "(?:sales|purchases)/[a-z-]{1,20}"
    part_isolating = False

    def to_python(self, value: str) -> str:
        kind = kinds.at(*value.split("/"))
        if kind is None:
            raise ValidationError()
        return kind.name

    def to_url(self, value: Any) -> str:
        kind = kinds.KINDS[value]
        return f"{kind.area}/{kind.path}"


blueprint = Blueprint("documents", __name__)
blueprint.record(lambda state: state.app.url_map.converters.update(document_kind=DocumentKind))

# The modules hang their routes on the blueprint, so it exists before them.
from blueprints.documents import (  # noqa: E402
    converting,  # noqa: F401
    deleting,  # noqa: F401
    header,  # noqa: F401
    issuing,  # noqa: F401
    lines,  # noqa: F401
    lists,  # noqa: F401
    new,  # noqa: F401
    paying,  # noqa: F401
    printing,  # noqa: F401
    sending,  # noqa: F401
    show,  # noqa: F401
    template,  # noqa: F401
)
