"""Files to take away: the rows that could not be imported, and an empty table to fill in."""

from typing import Any

from flask import Response, make_response
from flask_babel import gettext as _

from blueprints.common.access import access
from blueprints.imports import blueprint, shown
from blueprints.imports.forms import KINDS
from extensions import db
from services import spreadsheets, tables
from services.errors import NotFound
from services.imports import batches, columns

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/<int:id>/errors.csv")
@access("import")
def errors_csv(id: int) -> Any:
    batch = shown.the_batch(id)
    headers, rows = _errors(batch)
    content = tables.csv_file(headers, rows, batch.options["separator"] or ",")
    return _file(content, CSV, f"{batches.name_of(batch)}-errors.csv")


@blueprint.get("/<int:id>/errors.xlsx")
@access("import")
def errors_xlsx(id: int) -> Any:
    batch = shown.the_batch(id)
    headers, rows = _errors(batch)
    name = batches.name_of(batch)
    return _file(tables.xlsx_file(name, headers, rows), XLSX, f"{name}-errors.xlsx")


@blueprint.get("/template/<word>.csv")
@access("import")
def template(word: str) -> Any:
    if word not in KINDS:
        raise NotFound()
    return _file(tables.csv_file(columns.template(KINDS[word][0]), []), CSV, f"{word}.csv")


def _errors(batch: Any) -> tuple[list[str], list[list[str]]]:
    """The rows that were not or will not be imported, as they stood in the file, with the reason in front.

    In front, because a row may have more cells than there are headings.
    """
    rows = []
    for outcome in ("error", "refused"):
        for row in batches.rows(db.session(), batch, show=outcome, limit=None):
            said = [
                f"{heading}: {sentence}" if heading else sentence
                for level, heading, _cell, sentence in row.messages
                if level == "error"
            ]
            cells = [spreadsheets.unprotected(cell, batch.options["file_kind"]) for cell in row.cells or []]
            rows.append([str(row.row_number), " ".join(said), *cells])
    return [_("Row"), _("Problem"), *batch.options["headers"]], rows


def _file(content: bytes, kind: str, name: str) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = kind
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
