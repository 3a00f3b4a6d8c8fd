"""Countries, currencies, languages and time zones: their codes, and their names in the reader's language."""

import re
from functools import lru_cache
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError, localedata
from babel.numbers import get_territory_currencies, list_currencies

from services.text import fold

Choices = tuple[tuple[str, str], ...]

# What Babel lists beside ISO 3166: groups of states, exceptional reservations and tests. Kosovo (XK) stays.
_NOT_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
_NOT_CURRENCIES = {"XXX", "XTS"}
# Time zones are offered by place; the old names without one (EST, GMT+5) stay out of the list.
_AREAS = {
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
}

# Names found in the office's spreadsheets that Babel's two languages do not have.
_ALIASES = {
    "AE": "UAE; Emirates; EAU",
    "BY": "Belarus; Bielorussie",
    "CD": "DR Congo; DRC; RDC; Zaire; Democratic Republic of the Congo; Republique democratique du Congo",
    "CG": "Congo",
    "CI": "Ivory Coast; Cote d'Ivoire",
    "CN": "People's Republic of China; PRC; Republique populaire de Chine",
    "CV": "Cape Verde",
    "CZ": "Czech Republic; Republique tcheque",
    "DE": "Deutschland; Federal Republic of Germany",
    "ES": "Espana",
    "GB": "UK; GBR; Great Britain; Britain; England; Scotland; Wales; Northern Ireland; Angleterre; Ecosse; "
    "Pays de Galles; Grande-Bretagne; Irlande du Nord; Royaume Uni de Grande-Bretagne",
    "HK": "Hong Kong",
    "IE": "Republic of Ireland; Eire",
    "IR": "Iran",
    "IT": "Italia",
    "KP": "North Korea; Coree du Nord",
    "KR": "South Korea; Korea; Republic of Korea; Coree; Coree du Sud",
    "MD": "Moldova; Moldavie",
    "MK": "Macedonia; Macedoine",
    "MM": "Burma; Birmanie",
    "MO": "Macau; Macao",
    "NL": "Holland; The Netherlands; Hollande; Nederland",
    "PS": "Palestine",
    "RU": "Russian Federation; Federation de Russie",
    "SY": "Syria; Syrie",
    "SZ": "Swaziland",
    "TR": "Turkey; Turquie",
    "TW": "Taiwan",
    "US": "USA; United States of America; America; Etats-Unis d'Amerique; EUA; E.-U.",
    "VA": "Vatican; Holy See; Saint-Siege",
    "VN": "Viet Nam",
}

_SMALL_WORDS = {"the": "", "et": "and", "st": "saint", "ste": "saint", "sainte": "saint"}

LANGUAGES = (
    "en", "en-CA", "en-GB", "en-US", "fr", "fr-BE", "fr-CA", "fr-CH", "fr-FR", "de", "es", "it", "nl", "pt",
)  # fmt: skip


@lru_cache(maxsize=8)
def country_choices(locale: str) -> Choices:
    """(code, name) of every country, in the order of the names as the reader sorts them."""
    names = {code: country_name(code, locale) for code in countries()}
    return tuple(sorted(names.items(), key=lambda choice: fold(choice[1])))


def country_name(code: str, locale: str) -> str:
    """The name of a country; the code itself when there is no such country."""
    return str(locale_of(locale).territories.get(code, code))


@lru_cache(maxsize=1024)
def country_code(name: str) -> str | None:
    """The code of a country given as code or as English or French name; "" for blank, None for unknown."""
    if not name.strip():
        return ""
    code = name.strip().upper()
    return code if code in countries() else _country_codes().get(_key(name))


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """The codes of ISO 3166 (alpha-2), and Kosovo's."""
    codes = {str(code) for code in locale_of("en").territories}
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - _NOT_COUNTRIES


@lru_cache(maxsize=8)
def currency_choices(locale: str) -> Choices:
    """(code, "code – name") of the currencies in use today, in the order of their codes."""
    names = locale_of(locale).currencies
    current = {code for country in countries() for code in get_territory_currencies(country, tender=True)}
    return tuple((code, f"{code} – {names.get(code, code)}") for code in sorted(current))


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """Every code of ISO 4217, those of currencies gone by included: old cards have them."""
    return frozenset(list_currencies()) - _NOT_CURRENCIES


@lru_cache(maxsize=8)
def language_choices(locale: str) -> Choices:
    """(code, name) of the languages a card can have, in the order of LANGUAGES."""
    names = ((code, locale_of(code).get_display_name(locale_of(locale)) or code) for code in LANGUAGES)
    return tuple((code, name[:1].upper() + name[1:]) for code, name in names)


@lru_cache(maxsize=1)
def time_zone_choices() -> Choices:
    """The time zones by place."""
    names = sorted(name for name in available_timezones() if name.split("/")[0] in _AREAS)
    return tuple((name, name.replace("_", " ")) for name in ("UTC", *names))


def language_code(name: str) -> str | None:
    """The code of a language given as code or as English or French name; None for unknown."""
    return _language_codes().get(fold(name))


def locale_of_texts(language: str, formats: str) -> str:
    """A user's language with the territory of the user's formats, where there is such a pair: no fr_US."""
    code = f"{language or 'en'}_{formats.partition('_')[2]}"
    return code if localedata.exists(code) else language or "en"


@lru_cache(maxsize=64)
def locale_of(code: str) -> Locale:
    """Babel's locale for "fr-CA" or "fr_CA"; English when Babel does not know the code."""
    try:
        return Locale.parse(str(code).replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale.parse("en")


@lru_cache(maxsize=1)
def _language_codes() -> dict[str, str]:
    """Folded name or code → code, in both languages."""
    names = {fold(name): code for locale in ("en", "fr") for code, name in language_choices(locale)}
    return names | {fold(code): code for code in LANGUAGES}


@lru_cache(maxsize=1)
def _country_codes() -> dict[str, str]:
    """Folded name → code, in both languages."""
    found = {
        _key(name): code
        for language in ("en", "fr", "fr_CA")
        for code, name in Locale.parse(language).territories.items()
        if code in countries()
    }
    found |= {_key(alias): code for code, aliases in _ALIASES.items() for alias in aliases.split(";")}
    return found


def _key(name: str) -> str:
    """A country's name without accents, stops and hyphens, its small words as everybody writes them."""
    plain = fold(name).replace(".", "").replace("&", " and ")
    words = (_SMALL_WORDS.get(word, word) for word in re.findall(r"[a-z]+", plain))
    return " ".join(word for word in words if word)
