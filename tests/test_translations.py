"""The French catalogue is complete and says the same with the same values."""

import re
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from jinja2 import Environment
from jinja2.lexer import Lexer

from config import HOME
from tests.support.html import RAW
from tests.test_architecture import TEMPLATES

CATALOGUE = HOME / "translations/fr/LC_MESSAGES/messages.po"
# As `make messages` extracts them.
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%")
# Words in templates that are the same in every language.
UNTRANSLATED = {
    "carnet",
    "htmx",
    "csv",
    "xlsx",
    "iban",
    "bic",
    "ctrl",
    "alt",
    "shift",
    "esc",
    "enter",
    "en",
    "fr",
    "json",
}
# The terms of the glossary: what is never called otherwise.
TERMS = {
    "Contact": "Contact",
    "Customer": "Client",
    "Vendor": "Fournisseur",
    "Bank account": "Compte bancaire",
    "Settings": "Paramètres",
}


@cache
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="fr")


@cache
def extracted() -> dict[tuple[str, ...], list[str]]:
    """Every sentence of the source, singular and plural, with the places where it stands."""
    with (HOME / "translations/babel.cfg").open() as file:
        mapping, options = parse_mapping_cfg(file)
    found: dict[tuple[str, ...], list[str]] = {}
    places = extract_from_dir(str(HOME), mapping, options, keywords=KEYWORDS, directory_filter=_is_ours)
    for filename, line, message, *_rest in places:
        key = (message,) if isinstance(message, str) else tuple(message)
        found.setdefault(key, []).append(f"{filename}:{line}")
    return found


def test_every_sentence_has_its_french() -> None:
    """Templates and Python; a new sentence fails here with the place where it was written."""
    missing = [f"{places[0]}: {key[0]!r}" for key, places in extracted().items() if not _french(key)]
    assert not missing, "\n".join(["", *missing])


def test_no_translation_is_a_guess() -> None:
    """Nothing marked fuzzy: such a translation would not be used."""
    assert [str(message.id) for message in catalogue() if message.id and message.fuzzy] == []


def test_no_translation_is_left_over() -> None:
    """What is not said any more leaves the catalogue."""
    wanted = {key[0] for key in extracted()}
    assert [key for key in map(_singular, catalogue()) if key and key not in wanted] == []
    assert not catalogue().obsolete


def test_placeholders_are_the_same_in_both_languages() -> None:
    for message in catalogue():
        if not message.id:
            continue
        wanted = set().union(*(_placeholders(text) for text in _texts(message.id)))
        for text in _texts(message.string):
            used = _placeholders(text)
            assert used <= wanted, f"{message.id}: {text} names {used - wanted}"
            # A plural form may do without the number; nothing else may be left out.
            assert wanted - used <= {"num"}, f"{message.id}: {text} leaves out {wanted - used}"


def test_sentences_are_whole_and_their_values_have_names() -> None:
    """Named placeholders, no gluing: a sentence neither begins nor ends with a blank."""
    for key, places in extracted().items():
        for text in key:
            assert text == text.strip(), f"{places[0]}: {text!r}"
            bare = PLACEHOLDER.sub("", text)
            assert not re.search(r"%[sd]|\{\w*\}(?<!yyyy\})(?<!\d\})", bare), f"{places[0]}: {text!r}"


def test_french_is_set_as_french_is() -> None:
    """A space before ; ! ? : » that does not break, quotes « like these », and one kind of apostrophe."""
    for message in catalogue():
        for text in _texts(message.string) if message.id else []:
            shown = PLACEHOLDER.sub("x", text)
            assert not re.search(r"\w[;!?»](\s|$)", shown), f"no space before the mark: {text}"
            assert not re.search(r"[\wé)] [;!?:»]", shown), f"a space that breaks: {text}"
            assert '"' not in shown and "“" not in shown, f"quotes are « »: {text}"
            assert "’" not in shown, f"one apostrophe throughout, ': {text}"


def test_the_words_of_the_office_are_these() -> None:
    for english, french in TERMS.items():
        message = catalogue().get(english)
        assert message is not None and message.string == french


def test_templates_say_nothing_that_is_not_translated() -> None:
    """A text outside of {{ _("…") }} would stay English on a French page."""
    for name in TEMPLATES:
        for text in _bare_texts((HOME / "templates" / name).read_text("utf-8")):
            words = {word.lower() for word in re.findall(r"[^\W\d_]{2,}", text)}
            assert words <= UNTRANSLATED, f"{name}: {text!r}"


def test_attributes_that_are_read_are_translated() -> None:
    for name in TEMPLATES:
        text = (HOME / "templates" / name).read_text("utf-8")
        for attribute, value in re.findall(r'\b(aria-label|placeholder|title|alt)="([^"{]*)"', text):
            words = {word.lower() for word in re.findall(r"[^\W\d_]{2,}", value)}
            assert words <= UNTRANSLATED, f"{name}: {attribute}={value!r}"


def _french(key: tuple[str, ...]) -> bool:
    message = catalogue().get(key[0])
    return message is not None and all(_texts(message.string))


def _texts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [""])  # type: ignore[call-overload]


def _singular(message: Message) -> str:
    return str(_texts(message.id)[0])


def _placeholders(text: str) -> set[str]:
    return {name for name in PLACEHOLDER.findall(text) if name}


def _is_ours(folder: str) -> bool:
    relative = Path(folder).resolve().relative_to(HOME) if Path(folder).is_absolute() else Path(folder)
    return not relative.parts or relative.parts[0] in ("blueprints", "models", "services", "templates", ".")


def _bare_texts(source: str) -> list[str]:
    """What stands between the tags of a template, without expressions, statements and comments."""
    lexer = Lexer(Environment())
    markup = "".join(
        value if kind == "data" else "\x00" for _line, kind, value in lexer.tokeniter(source, None)
    )
    markup = re.sub(r"<!--.*?-->", "", markup, flags=re.DOTALL)
    for tag in (*RAW, "code", "kbd"):
        markup = re.sub(rf"<{tag}\b.*?</{tag}>", "", markup, flags=re.DOTALL)
    return [text for text in re.split(r"<[^>]*>|\x00", markup) if text.strip()]


def test_the_catalogue_compiles() -> None:
    from babel.messages.mofile import write_mo

    compiled = BytesIO()
    write_mo(compiled, catalogue())
    assert compiled.getvalue()
