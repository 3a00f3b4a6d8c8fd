"""What plans and certificates of erasures say, in the office's words."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from services import formats
from services.errors import Sentence
from services.fields import KIND_NAMES
from services.privacy import retention, words

FATES: Mapping[str, Sentence] = {
    "delete": _l("erased"),
    "reduce": _l("blocked, and reduced to its number"),
}


def of_card(card: Mapping[str, Any]) -> str:
    """What became of a card: “Contact CT000033: erased”."""
    kind = str(KIND_NAMES[card["kind"]])
    return _(
        "%(kind)s %(no)s: %(fate)s", kind=kind[:1].upper() + kind[1:], no=card["no"], fate=FATES[card["fate"]]
    )


def counts(found: Mapping[str, int]) -> list[tuple[Sentence, int]]:
    """Rows by table in the order of the office: cards first."""
    order = list(words.TABLES)
    names = sorted(found, key=lambda name: (order.index(name) if name in order else len(order), name))
    return [(words.table(name), found[name]) for name in names]


def laws(report: Mapping[str, Any]) -> list[retention.Law]:
    """The texts of law that keep what a report names."""
    known = {
        law.source: law
        for by_country in retention.FLOORS.values()
        for one in by_country.values()
        for law in one
    }
    return [known[source] for source in report.get("laws", ()) if source in known]


def until(report: Mapping[str, Any]) -> str:
    """The ISO day until which the last of the kept documents stays; empty when nothing is kept."""
    return max((str(kept["until"]) for kept in report["kept"]), default="")


def sentences(report: Mapping[str, Any], locale: str) -> list[str]:
    """What the search for what is left has found, and what may know of the person still."""
    found = report.get("residue")
    if found is None:
        return []
    said = []
    if found["rows"] or found["files"]:
        said.append(
            _(
                "Something is left, so there is no certificate: %(rows)s rows, and values in these files: %(files)s.",
                rows=sum(found["rows"].values()),
                files=", ".join(found["files"]) or "–",
            )
        )
    elif found["by_values"]:
        said.append(
            _(
                "Afterwards the tables, the search index and %(files)s files were searched for %(values)s values of"
                " the person: nothing is left.",
                files=found["files_read"],
                values=found["values"],
            )
        )
    else:
        said.append(
            _(
                "Afterwards the tables were searched for rows of the person: nothing is left. Carnet had been stopped"
                " before the search, so the files were cleaned but not searched for values."
            )
        )
    if found["elsewhere"]:
        said.append(
            ngettext(
                "One of these values also stands on a record of somebody else, or on a document that is kept.",
                "%(num)s of these values also stand on records of others, or on documents that are kept.",
                found["elsewhere"],
            )
        )
    return [*said, _of_backups(report, locale)]


def _of_backups(report: Mapping[str, Any], locale: str) -> str:
    made = sorted(backup["made"] for backup in report["backups"])
    if not made:
        return _(
            "There was no backup in the data folder. Copies that are kept elsewhere may hold the person; when one is"
            " restored, the erasure is done again."
        )
    return ngettext(
        "One backup, of %(oldest)s, may hold the person until it is deleted; when it is restored, the erasure is done"
        " again.",
        "%(num)s backups, the oldest of %(oldest)s, may hold the person until they are deleted; when one is restored,"
        " the erasure is done again.",
        len(made),
        oldest=formats.format_date(date.fromisoformat(made[0]), locale, "medium"),
    )
