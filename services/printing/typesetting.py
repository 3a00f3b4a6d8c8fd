"""Setting a printed document as PDF with typst: the same input gives the same bytes.

The templates get their data as one JSON text and never as code, so that nothing typed can be a command of
typst. Fonts are those beside the templates, on every system the same; no package comes from the network.
"""

import base64
import json
import re
import threading
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

from services import places
from services.pictures import Picture, look_at
from services.printing import words
from services.printing.document import Pdf, PrintedDocument

FOLDER = Path(__file__).resolve().parent.parent.parent / "templates" / "documents"
TEMPLATE = FOLDER / "document.typ"
FONTS = FOLDER / "fonts"
# Archives accept it, and it shows the same everywhere for ever: fonts inside, nothing from outside.
STANDARD: Literal["a-2b"] = "a-2b"

# Where Letter is the usual paper; everywhere else it is A4.
_LETTER = {"CA", "US", "MX", "PR", "PH", "CL", "CO", "VE", "GT", "CR", "PA", "DO", "NI", "SV"}
# Where the window of an envelope is on the right.
_WINDOW_RIGHT = {"FR", "BE", "LU", "MC", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "NC", "PF", "WF"}

_NO_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
# A word longer than this has no place to break a line, and would run out of its column.
_LONG_WORD = re.compile(r"\S{25,}")
_BETWEEN_LETTERS = re.compile(r"(?<=\w)(?=\w)")

# Compilers keep what they made, which makes the next document several times faster; one serves one thread.
_mine = threading.local()


def make_pdf(printed: PrintedDocument) -> Pdf:
    """Set the document: PDF/A when every character has a glyph, else plain PDF and the characters without."""
    data = as_json(printed)
    try:
        return Pdf(compiled(data, printed.day))
    except typst.TypstError as problem:
        missing = _without_glyph(problem)
        if not missing:
            raise
        return Pdf(compiled(data, printed.day, None), missing)


def as_json(printed: PrintedDocument) -> str:
    """The document as the template takes it."""
    return json.dumps(_data(printed), ensure_ascii=False)


def compiled(data: str, day: date, standard: Literal["a-2b"] | None = STANDARD) -> bytes:
    """The PDF of what the template takes, as if it were made at midnight of its day."""
    made = _compiler().compile(
        format="pdf",
        sys_inputs={"document": data},
        pdf_standards=standard,
        timestamp=datetime(day.year, day.month, day.day, tzinfo=UTC),
    )
    assert isinstance(made, bytes)
    return made


def can_print(picture: bytes) -> bool:
    """Whether a picture can stand on a document: typst reads it, also for the archive."""
    found = look_at(picture)
    if found is None:
        return False
    try:
        compiled(json.dumps({"probe": _svg(picture, found)}), date(2000, 1, 1))
    except typst.TypstError:
        return False
    return True


def _compiler() -> typst.Compiler:
    if not hasattr(_mine, "compiler"):
        nowhere = FOLDER / "packages"
        _mine.compiler = typst.Compiler(
            TEMPLATE, root=FOLDER, font_paths=_fonts(), package_path=nowhere, package_cache_path=nowhere
        )
    compiler: typst.Compiler = _mine.compiler
    return compiler


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


def _data(printed: PrintedDocument) -> dict[str, Any]:
    """The document for the template: its own values, and what surrounds them in its language."""
    values = _breakable(asdict(printed))
    picture = look_at(printed.office.logo) if printed.office.logo else None
    country = printed.office.country
    values["office"]["logo"] = None
    if printed.office.logo and picture:
        values["office"]["logo"] = _svg(printed.office.logo, picture)
        values["office"]["logo_size"] = [picture.width, picture.height]
    values["day"] = [printed.day.year, printed.day.month, printed.day.day]
    values["language"] = places.locale_of(printed.language).language
    values |= {
        "title": words.title(printed.kind, printed.language),
        "introduction": values["introduction"] or words.introduction(printed.kind, printed.language),
        "acceptance": words.acceptance(printed.kind, printed.language),
        "labels": words.labels(printed.language),
        "paper": "us-letter" if country in _LETTER else "a4",
        "window": "right" if country in _WINDOW_RIGHT else "left",
    }
    return values


def _breakable(value: Any) -> Any:
    """The same values, with places to break a line inside of words that are longer than a column."""
    if isinstance(value, str):
        return _LONG_WORD.sub(lambda word: _BETWEEN_LETTERS.sub("\u200b", word[0]), value)
    if isinstance(value, dict):
        return {name: _breakable(one) for name, one in value.items()}
    return [_breakable(one) for one in value] if isinstance(value, (list, tuple)) else value


def _svg(content: bytes, picture: Picture) -> str:
    """The picture in an envelope of text: JSON has no bytes, and typst reads numbers one by one slowly."""
    size = f'width="{picture.width}" height="{picture.height}"'
    encoded = base64.b64encode(content).decode("ascii")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
        f'<image {size} href="data:image/{picture.kind};base64,{encoded}"/></svg>'
    )


def _without_glyph(problem: typst.TypstError) -> tuple[str, ...]:
    """The characters that typst could not show, each once."""
    found: dict[str, None] = {}
    for text in _NO_GLYPH.findall(problem.diagnostic):
        for character in _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text):
            found[character] = None
    return tuple(found)
