"""What an entry or a message leads to: the document with its address, or that it is gone (rule I7)."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from extensions import db
from models import Document
from services.documents.kinds import KINDS


@dataclass(frozen=True)
class Reference:
    """How something is called, and where it is; without an address when it is gone."""

    label: str
    url: str = ""


def document(kind: str, id: int | None, no: str = "") -> Reference:
    """A document by the number it has now."""
    return documents([(kind, id, no)])[kind, id]


def documents(wanted: Iterable[tuple[str, int | None, str]]) -> dict[tuple[str, int | None], Reference]:
    """Many documents in one query, by kind and id; the number given is that of one that is gone."""
    wanted = list(wanted)
    ids = {id_ for _kind, id_, _no in wanted if id_ is not None}
    found = (
        {id_: (kind, no) for id_, kind, no in db.session.execute(
            select(Document.id, Document.kind, Document.no).where(Document.id.in_(ids))
        )}
        if ids
        else {}
    )  # fmt: skip
    references: dict[tuple[str, int | None], Reference] = {}
    for kind, id_, no in wanted:
        what = KINDS.get(kind)
        if id_ in found and what is not None and found[id_][0] == kind:
            label = _name(kind, found[id_][1] or no)
            references[kind, id_] = Reference(label, f"/{what.area}/{what.path}/{id_}")
        else:
            gone = _("%(document)s (deleted since)", document=_name(kind, no))
            references[kind, id_] = Reference(gone)
    return references


def _name(kind: str, no: str) -> str:
    """Kind and number, such as Invoice INV-2026-00042; while it has no number, the kind alone."""
    what = KINDS.get(kind)
    return f"{what.label if what is not None else kind} {no}".strip()
