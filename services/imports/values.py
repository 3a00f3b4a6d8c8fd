"""What the cells of a row say: texts as field values, and what cannot be used as a remark for the notes."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l

from services import fields, formats, places
from services.errors import Sentence
from services.fields import FIELDS
from services.imports.references import References
from services.spreadsheets import access_url, blank, unprotected
from services.text import TextProblem, fold

# A row with one of these wrong cannot become a card; every other value can be left out and go to the notes.
NEEDED = ("no", "name", "description", "notes")
# What an empty cell never empties.
KEPT = ("no", "name", "description", "type", "contact_type", "blocked")

# Words of fixed lists as offices write them, beside the stored word and the word on the screen.
_TYPE_WORDS = {
    "company": "entreprise societe organisation organization",
    "person": "personne individual particulier",
}
_WORDS = {
    "type": _TYPE_WORDS,
    "contact_type": _TYPE_WORDS,
    "payment_method": {
        "transfer": "virement wire banktransfer",
        "cheque": "check",
        "card": "carte creditcard cartedecredit",
        "direct_debit": "prelevement directdebit",
        "cash": "especes comptant",
    },
    "blocked": {
        "none": "no non false 0 notblocked nonbloque",
        "all": "yes oui true 1 blocked bloque tout",
        "ship": "shipping livraison expedition",
        "invoice": "invoicing facture facturation",
        "payment": "payments paiement paiements",
    },
}
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BLANKS = str.maketrans("\u00a0\u202f\u2009’", "   '")
_YES, _NO = ("yes", "oui", "true", "vrai", "1", "x"), ("no", "non", "false", "faux", "0")


@dataclass
class Message:
    """A sentence about one cell of a row; a row with an error is not imported."""

    level: str
    heading: str
    cell: str
    sentence: Sentence

    def stored(self) -> list[str]:
        """The message as JSON keeps it, in the language of the present reader."""
        return [self.level, self.heading, self.cell, str(self.sentence)]


@dataclass
class Reading:
    """The values of a row, what was typed for each, and what is to be said about it."""

    values: dict[str, Any] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    def leave_out(self, name: str, sentence: Sentence, *, level: str = "") -> None:
        """Drop a value that cannot be used: an error when the row needs it, else a warning and a remark."""
        cell, heading = self.typed.get(name, ""), self.headings.get(name, str(fields.label(name)))
        self.values.pop(name, None)
        level = level or ("error" if name in NEEDED else "warning")
        self.messages.append(Message(level, heading, cell, sentence))
        if level == "warning":
            self.remarks.append(_UNSEEN.sub("\ufffd", f"{heading}: {cell}"))

    @property
    def has_errors(self) -> bool:
        return any(message.level == "error" for message in self.messages)


def read(
    kind: str,
    cells: Sequence[str],
    options: Mapping[str, Any],
    references: References,
    only: Collection[str] | None = None,
) -> Reading:
    """What a row says, with references found and words of fixed lists understood; not yet checked by field.

    An empty cell says nothing, or, when the options want that, empties the field.
    """
    reading = Reading()
    for name, heading, cell in zip(options["columns"], options["headers"], cells, strict=True):
        if not name or (only is not None and name not in only):
            continue
        reading.headings[name] = heading or str(fields.label(name))
        if blank(cell):
            if options["clear"] and name not in KEPT:
                reading.values[name] = ""
            continue
        reading.typed[name] = cell = unprotected(cell, options["file_kind"])
        try:
            reading.values[name] = _value(kind, name, cell, options["decimal"], references)
        except TextProblem as problem:
            reading.leave_out(name, problem.message)
    return reading


def with_remarks(reading: Reading, present: str) -> None:
    """Add what could not be used to the notes, unless they hold it already."""
    notes = reading.values.get("notes", present)
    missing = [remark for remark in reading.remarks if remark not in notes]
    if missing:
        reading.values["notes"] = "\n".join(part for part in (notes, *missing) if part)


def _value(kind: str, name: str, cell: str, decimal: str, references: References) -> Any:
    kind_of_field = FIELDS[name].type
    if name == "website":
        return access_url(cell)
    if name in ("email", "email2"):
        return access_url(cell).removeprefix("mailto:")
    if name == "language":
        return _language(cell)
    if name in _WORDS:
        return _word(kind, name, cell)
    if kind_of_field == "bool":
        return _yes_or_no(cell)
    if kind_of_field == "money":
        return _amount(cell, decimal)
    if kind_of_field == "date":
        return _date(cell, decimal)
    if kind_of_field in ("user", "payment_terms", "tax_group"):
        return references.coded(name, cell)
    return references.company(cell) if kind_of_field == "company" else cell


def _language(cell: str) -> str:
    return places.language_code(cell) or cell


def _word(kind: str, name: str, cell: str) -> Any:
    """The stored value of a word of a fixed list."""
    spelled = fold(cell).replace(" ", "")
    for stored, shown in fields.choices(kind, name).items():
        known = {True: _YES, False: _NO}.get(stored, ()) if isinstance(stored, bool) else (str(stored),)
        words = (*known, *_WORDS[name].get(str(stored), "").split(), fold(str(shown)).replace(" ", ""))
        if spelled in words:
            return stored
    choices = ", ".join(str(shown) for shown in fields.choices(kind, name).values())
    raise TextProblem(_l("Enter one of these: %(choices)s.", choices=choices))


def _yes_or_no(cell: str) -> bool:
    if fold(cell) in (*_YES, *_NO):
        return fold(cell) in _YES
    raise TextProblem(_l("Enter yes or no."))


def _amount(cell: str, decimal: str) -> Decimal | None:
    """An amount with the file's decimal sign; the other sign, a blank or an apostrophe parts thousands."""
    plain = cell.translate(_BLANKS).strip()
    group = "." if decimal == "," else ","
    if not re.fullmatch(rf"-?(\d+|\d{{1,3}}([ '{group}]\d{{3}})+)([{decimal}]\d+)?", plain):
        raise TextProblem(_l("Enter an amount like %(example)s.", example=f"1234{decimal}50"))
    return Decimal(re.sub(rf"[ '{group}]", "", plain).replace(decimal, "."))


def _date(cell: str, decimal: str) -> date | None:
    """A whole date; the short forms for today's typing would be guesses in a file."""
    if not re.search(r"\d\D+\w*\D*\d", cell):
        raise TextProblem(_l("Enter a date like 2026-11-22."))
    return formats.parse_date(cell, date.today(), "fr_FR" if decimal == "," else "en_CA")
