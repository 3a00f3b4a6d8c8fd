"""Checks of single values (R-WEB-5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.eu.vat import MEMBER_STATES

from services import checks
from services.text import TextProblem

EU = [code.upper() for code in sorted(MEMBER_STATES - {"xi"})]

ONE_ARGUMENT = [
    checks.email,
    checks.phone,
    checks.website,
    checks.iban,
    checks.bic,
    checks.canadian_account,
    checks.account_no,
    checks.country,
    checks.currency,
    checks.language,
]


def refusal(check, *values):
    with pytest.raises(TextProblem) as problem:
        check(*values)
    sentence = str(problem.value)
    assert sentence and "invalid" not in sentence.lower()
    return sentence


@pytest.mark.parametrize("check", ONE_ARGUMENT)
@pytest.mark.parametrize("blank", ["", "   ", "\u00a0", None])
def test_blank_is_always_allowed(check, blank):
    assert check(blank) == ""


@pytest.mark.parametrize("country", ["", "FR", "CA", "GR", "US"])
def test_blank_tax_and_company_numbers_are_allowed(country):
    assert checks.vat_no("", country) == checks.registration_no(" ", country) == ""


@pytest.mark.parametrize("check", ONE_ARGUMENT)
@given(text=st.text(max_size=70))
def test_any_text_is_a_value_or_a_sentence_and_a_value_passes_again(check, text):
    try:
        value = check(text)
    except TextProblem as problem:
        assert str(problem)
    else:
        assert check(value) == value


@pytest.mark.parametrize("check", [checks.vat_no, checks.registration_no, checks.account_no])
@given(
    text=st.text("0123456789ABCDEFTQUX -./", max_size=20) | st.text(max_size=20),
    country=st.sampled_from([*EU, "CA", "US", ""]),
)
def test_any_number_of_any_country_is_a_value_or_a_sentence(check, text, country):
    try:
        value = check(text, country)
    except TextProblem as problem:
        assert str(problem)
    else:
        assert check(value, country) == value


@pytest.mark.parametrize("check", ONE_ARGUMENT)
@pytest.mark.parametrize("text", ["a\x00b", "a\u202eb", "\ud800", "x" * 10_000])
def test_hostile_texts_are_refused(check, text):
    refusal(check, text)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("name@example.com", "name@example.com"),
        (" Name@EXAMPLE.com ", "Name@example.com"),
        ("a.b+c@sub.domain.example", "a.b+c@sub.domain.example"),
        ("élise@münchen.de", "élise@münchen.de"),
        ("office@server.local", "office@server.local"),
        ("a@b.test", "a@b.test"),
    ],
)
def test_an_email_is_checked_by_its_syntax(typed, stored):
    assert checks.email(typed) == stored


@pytest.mark.parametrize(
    "typed",
    ["name", "name@", "@example.com", "name@example", "a b@example.com", "a@.com", "Bob <bob@example.com>"]
    + ["a@local", "a@x.com\r\nBcc: b@y.com", "javascript:alert(1)", f"{'a' * 64}@{'b' * 60}.{'c.' * 100}com"],
)
def test_what_is_no_email_is_refused(typed):
    refusal(checks.email, typed)


@pytest.mark.parametrize("typed", ["a@x.com, b@y.com", "a@x.com;b@y.com", "a@x.com b@y.com"])
def test_two_addresses_are_refused(typed):
    assert "one e-mail address" in refusal(checks.email, typed)


@pytest.mark.parametrize(
    "typed",
    [
        "514 555-0100",
        "+1 (514) 555-0100 x12",
        "(171) 555-2222",
        "(0)2-953010",
        "88.60.15.31",
        "030/0074321",
        "5",
    ]
    + [
        "514 555-0100 ext. 12",
        "514 555-0100 ext 12",
        "514 555-0100 poste 12",
        "514 555-0100x12",
        "555-0100 #3",
    ],
)
def test_a_phone_is_kept_as_typed(typed):
    assert checks.phone(typed) == typed


def test_a_pasted_phone_loses_its_no_break_spaces():
    assert checks.phone("514\u00a0555\u20110100") == "514 555-0100"


@pytest.mark.parametrize("typed", ["none", "+", "()", "555-CALL", "٣٤٥", "1" * 31, "555-0100 x", "12\n34"])
def test_what_is_no_phone_is_refused(typed):
    refusal(checks.phone, typed)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("https://www.example.com/a?b=c#d", "https://www.example.com/a?b=c#d"),
        ("HTTP://Example.com", "http://Example.com"),
        ("www.example.com", "https://www.example.com"),
        ("example.com:8080/path", "https://example.com:8080/path"),
        ("münchen.de", "https://münchen.de"),
        ("http://intranet/wiki", "http://intranet/wiki"),
    ],
)
def test_a_website_is_http_or_https(typed, stored):
    assert checks.website(typed) == stored


@pytest.mark.parametrize(
    "typed",
    ["javascript:alert(1)", "JavaScript://example.com/%0aalert(1)", "data:text/html,x", "ftp://example.com"]
    + [
        "mailto:a@example.com",
        "//example.com",
        "http://",
        "https://user@evil.example",
        "http://a b.com",
        "vbscript:x",
    ]
    + [
        "https://good.example\\@evil.example",
        'https://x.com/"onclick=',
        "CAJUN.HTM",
        "none",
        "http://x.com:99999",
    ]
    + ["www." + "a" * 245 + ".com", "java\tscript:alert(1)"],
)
def test_other_addresses_are_refused(typed):
    """R-WEB-5."""
    refusal(checks.website, typed)


def test_an_iban_is_stored_compact_and_shown_in_groups():
    stored = checks.iban("fr14 2004 1010 0505 0001 3m02 606")
    assert stored == "FR1420041010050500013M02606"
    assert checks.format_iban(stored) == "FR14 2004 1010 0505 0001 3M02 606"
    assert checks.iban(checks.format_iban(stored)) == stored
    assert checks.iban("MT84 MALT 0110 0001 2345 MTLC AST0 01S") == "MT84MALT011000012345MTLCAST001S"


@pytest.mark.parametrize(
    "typed", ["FR1420041010050500013M02607", "FR14", "XX00123", "GB٨٢WEST12345698765432"]
)
def test_a_wrong_iban_is_refused(typed):
    refusal(checks.iban, typed)


def test_a_masked_iban_shows_four_characters():
    """R-PERM-3."""
    assert checks.mask_iban("FR1420041010050500013M02606") == "•••• 2606"
    assert checks.mask_iban("12345678") == "••••"
    assert checks.mask_iban("") == ""


def test_a_bic_has_8_or_11_characters():
    assert checks.bic("bousfrpp xxx") == "BOUSFRPPXXX"
    assert checks.bic("DEUTDEFF") == "DEUTDEFF"
    for typed in ("DEUTDEF", "DEUTDEFF1", "DEUT12FF", "DEUTZZFF"):
        refusal(checks.bic, typed)


@pytest.mark.parametrize(
    ("typed", "country", "stored"),
    [
        ("FR 40 303 265 045", "FR", "FR40303265045"),
        ("40303265045", "FR", "FR40303265045"),
        ("094259216", "GR", "EL094259216"),
        ("EL 094259216", "GR", "EL094259216"),
        ("U13585627", "AT", "ATU13585627"),
        ("DE 136.695.976", "FR", "DE136695976"),
        ("123456782 rt0001", "CA", "123456782RT0001"),
        ("12345 6782", "CA", "123456782"),
        ("1234567890 TQ0001", "CA", "1234567890TQ0001"),
    ],
)
def test_a_vat_number_is_checked_where_its_rules_are_known(typed, country, stored):
    assert checks.vat_no(typed, country) == stored


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        ("CHE-107.787.577 IVA", "CH"),
        ("GB 123 4567 89", "GB"),
        ("12.345.678/0001-95", "BR"),
        ("40303265045", ""),
    ],
)
def test_a_vat_number_of_another_country_is_kept_as_typed(typed, country):
    assert checks.vat_no(typed, country) == typed


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        ("FR41303265045", "FR"),
        ("12", "DE"),
        ("123456789", "CA"),
        ("exempt", "US"),
        ("1" * 21, "US"),
        ("12<b>", "US"),
    ],
)
def test_a_wrong_vat_number_is_refused(typed, country):
    refusal(checks.vat_no, typed, country)


@pytest.mark.parametrize(
    ("typed", "country", "stored"),
    [
        ("552 008 443", "FR", "552008443"),
        ("732 829 320 00074", "FR", "73282932000074"),
        ("W123456789", "FR", "W123456789"),
        ("123456782RC0001", "CA", "123456782RC0001"),
        ("1234567-8", "CA", "1234567-8"),
        ("HRB 86786", "DE", "HRB 86786"),
    ],
)
def test_a_registration_number_is_checked_in_france_and_canada(typed, country, stored):
    assert checks.registration_no(typed, country) == stored


@pytest.mark.parametrize(
    ("typed", "country"), [("552008444", "FR"), ("5520084", "FR"), ("123456789", "CA"), ("no number", "DE")]
)
def test_a_wrong_registration_number_is_refused(typed, country):
    refusal(checks.registration_no, typed, country)


def test_a_canadian_account_is_institution_transit_account():
    assert checks.canadian_account("003 12345 123 4567") == "003-12345-1234567"
    assert checks.account_no("003-12345-1234567", "CA") == "003-12345-1234567"
    assert checks.account_no("00012345678", "FR") == "00012345678"
    for typed in ("3-12345-1234567", "003-12345-123456", "003-12345-1234567890123"):
        refusal(checks.canadian_account, typed)
    refusal(checks.account_no, "003-12345-1", "CA")


def test_codes_are_recognised_in_any_case():
    assert checks.country("uk") == "GB"
    assert checks.country("États-Unis") == "US"
    assert checks.currency(" cad") == "CAD"
    assert checks.language("FR_ca") == "fr-CA"
    for check, typed in ((checks.country, "Atlantis"), (checks.currency, "ABC"), (checks.language, "xx")):
        refusal(check, typed)
