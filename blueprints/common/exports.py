"""Lists as files to take away: the rows and columns as the list shows them, or chosen rows of it (U-I1)."""

import re
import tempfile
from typing import Any

from flask import Response, request, send_file
from sqlalchemy import select

from blueprints.common import access, lists, pages
from blueprints.common.record_types import RecordType
from extensions import db
from services import clock, exports, formats, tables
from services.errors import Invalid
from services.privacy import blocks
from services.text import TextProblem, fold

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A file larger than this is kept on the disk while it is written and sent.
IN_MEMORY = 2_000_000


def export_list(record_type: RecordType, file_type: str) -> Response:
    """The list that the address describes as a file; with `all`, with every column that can be imported.

    It is written while the request waits: ten thousand cards take about a second, and reading keeps nobody
    from saving. A file is made before it is sent, so that a problem on the way is told instead of half a file.
    """
    view = lists.read_view(record_type)
    conditions = [*_conditions(view), _not_blocked(record_type)]
    query = select(record_type.model).where(*conditions).order_by(*lists.order_of(view))
    shown = [column.name for column in view.columns]
    kind = record_type.kind
    wanted = exports.all_names(kind) if request.args.get("all") else exports.names(kind, shown)
    access.note_event("list exported")
    headers = [exports.heading(name) for name in wanted]
    rows = exports.rows(db.session(), kind, wanted, query, _reader())
    out = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  the answer closes it when it is sent
    if file_type == "csv":
        decimal = formats.decimal_sign(pages.number_locale())
        # Where the comma is the decimal sign, spreadsheet programs part the cells with semicolons.
        tables.write_csv(out, headers, rows, separator=";" if decimal == "," else ",", decimal=decimal)
    else:
        cells = exports.cells_of(db.session(), kind, wanted, query)
        tables.write_xlsx(out, str(record_type.plural), headers, rows, cells)
    out.seek(0)
    name = _file_name(record_type, file_type)
    return send_file(out, CSV if file_type == "csv" else XLSX, as_attachment=True, download_name=name)


def _conditions(view: lists.ListView) -> list[Any]:
    """The ticked rows, when the bar below the list sent them; else what its search and filters find."""
    if "chosen" in request.args:
        return [view.type.model.id.in_(lists.chosen_ids())]
    try:
        return lists.conditions_of(view)
    except TextProblem as problem:
        raise Invalid({"q": problem.message}) from problem


def _not_blocked(record_type: RecordType) -> Any:
    """A file of a list holds nobody who is blocked for privacy; their data leaves by a request alone (Y-H8)."""
    blocked = blocks.all_blocked(db.session(), record_type.kind)
    return record_type.model.id.not_in(blocked)


def _reader() -> exports.Reader:
    return exports.Reader(pages.locale_code(), pages.timezone(), access.can("bank_details"))


def _file_name(record_type: RecordType, file_type: str) -> str:
    """What is in the file and from which day, and nothing about anybody."""
    settings = pages.office()
    assert settings is not None
    word = re.sub(r"[^a-z0-9]+", "-", fold(str(record_type.plural)))
    return f"{word}-{clock.today(settings)}.{file_type}"
