"""Which number series each kind of document takes its numbers from (rules N3, N5)."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import MODELS, DocumentSeries, NumberSeries, Office
from services import rows
from services.documents.kinds import KINDS
from services.errors import Invalid, Sentence

SUFFIX = "_series_id"


def chosen(session: Session) -> dict[str, int | None]:
    """The id of each kind's series; None where none is chosen."""
    found = {row.kind: row.series_id for row in session.scalars(select(DocumentSeries))}
    return {kind: found.get(kind) for kind in KINDS}


def save(session: Session, office: Office, values: Mapping[str, Any]) -> None:
    """Choose the series of kinds, by names like invoice_series_id; raises Invalid."""
    rules: dict[str, rows.Rule] = {f"{kind}{SUFFIX}": rows.row_of(session, NumberSeries) for kind in KINDS}
    given = rows.cleaned(values, rules)
    wanted = chosen(session) | {name.removesuffix(SUFFIX): series_id for name, series_id in given.items()}
    errors = _problems(session, office, wanted)
    if errors:
        raise Invalid({name: sentence for name, sentence in errors.items() if name in given} or errors)
    for kind, series_id in wanted.items():
        row = session.get(DocumentSeries, kind) or DocumentSeries(kind=kind)
        row.series_id = series_id
        session.add(row)
    session.flush()


def _problems(session: Session, office: Office, wanted: Mapping[str, int | None]) -> dict[str, Sentence]:
    """A series without gaps serves nothing else, or what took a number and was deleted would leave one."""
    taken = {office.series_id(kind) for kind in MODELS} - {None}
    taken |= {series_id for kind, series_id in wanted.items() if series_id and not KINDS[kind].gapless}
    errors: dict[str, Sentence] = {}
    for kind, series_id in wanted.items():
        series = session.get(NumberSeries, series_id) if series_id else None
        if series is None:
            continue
        if not series.automatic:
            errors[f"{kind}{SUFFIX}"] = _l(
                "The series %(code)s gives no numbers itself. Choose another one.", code=series.code
            )
        elif KINDS[kind].gapless and series_id in taken:
            errors[f"{kind}{SUFFIX}"] = _l(
                "The series %(code)s also numbers something else, which would leave gaps. Choose another one.",
                code=series.code,
            )
    return errors
