"""Names of countries, currencies and languages (X1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import places
from services.text import fold


@pytest.mark.parametrize("locale", ["en", "fr", "fr_CA"])
def test_every_country_is_recognised_by_its_name(locale):
    choices = places.country_choices(locale)
    assert len(choices) == 250
    for code, name in choices:
        assert places.country_code(name) == code
        assert places.country_code(fold(name).upper()) == code
        assert places.country_code(code.lower()) == code
        assert places.country_name(code, locale) == name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("UK", "GB"),
        ("Etats-Unis", "US"),
        ("états unis d’amérique", "US"),
        ("Angleterre", "GB"),
        ("Royaume Uni", "GB"),
        ("Cote d'Ivoire", "CI"),
        ("the Netherlands", "NL"),
        ("Trinidad and Tobago", "TT"),
        ("St Lucia", "LC"),
        ("Turquie", "TR"),
        ("Corée du Sud", "KR"),
        (" Germany ", "DE"),
        ("Allemagne", "DE"),
        ("", ""),
        ("  ", ""),
        ("Atlantis", None),
        ("ZZ", None),
        ("EU", None),
        ("-", None),
    ],
)
def test_names_of_the_wild_are_recognised(name, code):
    """X1: English and French names; USA and UK are aliases."""
    assert places.country_code(name) == code


@given(st.text(max_size=30))
def test_any_text_is_a_country_or_unknown(name):
    code = places.country_code(name)
    assert code is None or code == "" or code in places.countries()


def test_countries_are_sorted_without_regard_to_accents():
    names = [name for _code, name in places.country_choices("fr-CA")]
    assert names == sorted(names, key=fold)
    assert names.index("Égypte") < names.index("Finlande")


def test_an_unknown_country_shows_its_code():
    assert places.country_name("??", "fr_CA") == "??"
    assert places.country_name("", "fr_CA") == ""
    assert places.country_name("DE", "zz") == "Germany"


def test_currencies_of_today_are_offered_and_old_ones_still_known():
    choices = dict(places.currency_choices("fr_CA"))
    assert {"CAD", "EUR", "USD", "GBP", "JPY"} <= set(choices)
    assert choices["CAD"] == "CAD – dollar canadien"
    assert "FRF" not in choices and "FRF" in places.currencies()
    assert "XXX" not in places.currencies()


def test_languages_are_named_in_the_reader_s_language():
    assert dict(places.language_choices("fr_CA"))["fr-CA"] == "Français (Canada)"
    assert dict(places.language_choices("en"))["fr-CA"] == "French (Canada)"
    assert [code for code, _name in places.language_choices("en")] == list(places.LANGUAGES)
