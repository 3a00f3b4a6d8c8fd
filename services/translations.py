"""The compiled catalogues, made anew when a catalogue changed, and read for texts that have no reader yet."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

# Says a marked sentence in one language.
Speaker = Callable[[str], str]

FOLDER = Path(__file__).resolve().parent.parent / "translations"


def compile_changed(folder: Path = FOLDER) -> int:
    """Compile every catalogue that is newer than its compiled form; returns how many were."""
    compiled = 0
    for source in folder.glob("*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name)
        # Several processes may start at once: each writes a file of its own, and the last one stays.
        with NamedTemporaryFile(dir=target.parent, suffix=".part", delete=False) as part:
            write_mo(part, catalogue)
        Path(part.name).chmod(0o644)
        Path(part.name).replace(target)
        compiled += 1
    return compiled


def speaker(language: str) -> Speaker:
    """What says marked sentences in the language of a document, whoever is at the screen; else in English.

    Named `_` where it is used, so that the sentences are found: `_ = speaker("fr-CA"); _("Invoice")`.
    """
    catalogue: NullTranslations = _catalogue(language.replace("_", "-").partition("-")[0])
    return catalogue.gettext


@lru_cache(maxsize=8)
def _catalogue(language: str) -> NullTranslations:
    if language and (FOLDER / language).is_dir():
        compile_changed()
    found: NullTranslations = Translations.load(FOLDER, [language])
    return found
