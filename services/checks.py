"""Checks of single values: each returns the value as it is stored, or raises TextProblem saying what to do.

Blank is always allowed. Every check cleans the text itself and refuses what is over the field's limit, so it
is given the text as typed: an IBAN typed in groups of four is longer than the field that holds it.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from stdnum import bic as bic_numbers
from stdnum import iban as iban_numbers
from stdnum.ca import bn
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.fr import siren, siret

from services import places
from services.text import PHONE, TextProblem, clean, digits

EMAIL_LIMIT = 254
PHONE_LIMIT = 30
WEBSITE_LIMIT = 255
VAT_NO_LIMIT = 20
REGISTRATION_NO_LIMIT = 20
ACCOUNT_NO_LIMIT = 30
AMOUNT_LIMIT = Decimal("999999999999.9999")

_AS_TYPED = 100  # room for the blanks that people type inside a number

_PASTED = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "‐": "-", "\u2011": "-", "–": "-"})
# A part before the @ that every mail system reads alike, and the library leaves as it is.
_PLAIN_LOCAL = re.compile(r"(?=.{1,64}$)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
_NUMBER = re.compile(r"[0-9A-Za-z .,/&*+'()-]*[0-9][0-9A-Za-z .,/&*+'()-]*")
_CANADIAN_PROGRAM = re.compile(r"[0-9]{9}[A-Z]{2}[0-9]{4}")
_QUEBEC_TAX = re.compile(r"[0-9]{10}(?:TQ[0-9]{4})?")
_CANADIAN_ACCOUNT = re.compile(r"([0-9]{3})[ -]+([0-9]{5})[ -]+([0-9][0-9 -]{5,15}[0-9])")

_HOST = re.compile(r"[^\W_](?:[\w-]*\w)?(?:\.[^\W_](?:[\w-]*\w)?)*\.?")
_BARE_ADDRESS = re.compile(r"[^\W_][\w-]*(?:\.[\w-]+)*\.([^\W\d_]{2,}|xn--[\w-]+)(?::[0-9]+)?(?:[/?#].*)?")
# "home.htm" is a page somebody forgot the site of, not a site.
_PAGE_ENDINGS = re.compile("aspx?|docx?|gif|html?|jpg|pdf|php|png|txt|xlsx?", re.IGNORECASE)


def email(value: str | None) -> str:
    """One e-mail address, checked by its syntax; nothing is looked up."""
    text = clean(value, limit=EMAIL_LIMIT)
    if not text:
        return ""
    if text.count("@") > 1 or "," in text or ";" in text:
        raise TextProblem(_l("Enter one e-mail address only, like name@example.com."))
    local, _at, domain = text.partition("@")
    try:
        if _PLAIN_LOCAL.fullmatch(local) and len(text) <= EMAIL_LIMIT:
            return f"{local}@{_email_domain(domain)}"
        return _checked_email(text)
    except EmailNotValidError:
        raise TextProblem(_l("Enter an e-mail address like name@example.com.")) from None


def phone(value: str | None) -> str:
    """A phone number kept as typed, with its extension."""
    text = clean((value or "").translate(_PASTED), limit=PHONE_LIMIT)
    if text and not PHONE.fullmatch(text):
        raise TextProblem(
            _l("Enter a phone number like +1 514 555-0100 x12: digits, spaces, + - ( ) . / and an extension.")
        )
    return text


def website(value: str | None) -> str:
    """An http or https address; https:// is put before one typed without."""
    text = clean(value, limit=WEBSITE_LIMIT)
    if not text:
        return ""
    bare = _BARE_ADDRESS.fullmatch(text)
    if bare and not _PAGE_ENDINGS.fullmatch(bare[1]):
        text = f"https://{text}"
    scheme, separator, rest = text.partition("://")
    text = f"{scheme.lower()}{separator}{rest}"
    if not _is_web_address(text):
        raise TextProblem(_l("Enter a web address like https://www.example.com."))
    return clean(text, limit=WEBSITE_LIMIT)


def iban(value: str | None) -> str:
    """An IBAN without blanks, in capitals."""
    text = _typed(value)
    found = _valid(iban_numbers.validate, text)
    if text and not found:
        raise TextProblem(_l("Check the IBAN: a letter or digit looks wrong. It begins like FR14 or GB82."))
    return found or ""


def bic(value: str | None) -> str:
    """A BIC (SWIFT code) without blanks, in capitals."""
    text = _typed(value)
    found = _valid(bic_numbers.validate, text)
    if text and not found:
        raise TextProblem(_l("Enter a BIC of 8 or 11 characters, like BOUSFRPPXXX."))
    return found or ""


def vat_no(value: str | None, country: str) -> str:
    """A VAT number, checked where its rules are known: the EU and Canada; elsewhere only its characters."""
    text = _typed(value)
    if not text:
        return ""
    compact = _compact(text)
    if _vat_prefix(country):
        return _european_vat(compact, _vat_prefix(country))
    if country == "CA":
        if _QUEBEC_TAX.fullmatch(compact) or _is_canadian(compact):
            return compact
        raise TextProblem(
            _l("Enter a Canadian tax number like 123456782 RT0001, or one of Quebec like 1234567890 TQ0001.")
        )
    return _characters(text, VAT_NO_LIMIT)


def registration_no(value: str | None, country: str) -> str:
    """A company's number: SIREN or SIRET in France, business number in Canada, else only its characters."""
    text = _typed(value)
    compact = _compact(text)
    if country == "FR" and compact.isdecimal():
        found = _valid(siret.validate if len(compact) == 14 else siren.validate, compact)
        if not found:
            raise TextProblem(
                _l("Enter a SIREN of 9 digits or a SIRET of 14; a digit of this one looks wrong.")
            )
        return found
    if country == "CA" and (_CANADIAN_PROGRAM.fullmatch(compact) or re.fullmatch("[0-9]{9}", compact)):
        if not _is_canadian(compact):
            raise TextProblem(_l("Check the business number: one of its first 9 digits looks wrong."))
        return compact
    return _characters(text, REGISTRATION_NO_LIMIT)


def account_no(value: str | None, country: str = "") -> str:
    """A bank account number; a Canadian one is stored as institution-transit-account."""
    text = _typed(value)
    if country == "CA" and re.match(r"[0-9]{3}[ -]+[0-9]{5}[ -]", text):
        return canadian_account(text)
    return _characters(text, ACCOUNT_NO_LIMIT)


def canadian_account(value: str | None) -> str:
    """Institution (3 digits), transit (5) and account (7 to 12), as 003-12345-1234567."""
    text = _typed(value)
    if not text:
        return ""
    parts = _CANADIAN_ACCOUNT.fullmatch(text)
    if not parts or not 7 <= len(digits(parts[3])) <= 12:
        raise TextProblem(
            _l("Enter the account as institution, transit and account number, like 003-12345-1234567.")
        )
    return f"{parts[1]}-{parts[2]}-{digits(parts[3])}"


def amount(value: Decimal) -> Decimal:
    """An amount that the database has room for."""
    if abs(value) > AMOUNT_LIMIT:
        raise TextProblem(_l("Enter an amount of at most 12 digits before the decimal sign."))
    return value


def country(value: str | None) -> str:
    """The code of a country given by its code or its English or French name."""
    code = places.country_code(_typed(value))
    if code is None:
        raise TextProblem(_l("Choose a country from the list, or enter its code, like CA or FR."))
    return code


def currency(value: str | None) -> str:
    """The code of a currency."""
    code = _typed(value).upper()
    if code and code not in places.currencies():
        raise TextProblem(_l("Choose a currency from the list, or enter its code, like CAD or EUR."))
    return code


def language(value: str | None) -> str:
    """The code of a language, like fr-CA."""
    wanted = _typed(value).replace("_", "-").lower()
    code = next((code for code in places.LANGUAGES if code.lower() == wanted), "")
    if wanted and not code:
        raise TextProblem(_l("Choose a language from the list, or enter its code, like en or fr-CA."))
    return code


def format_iban(value: str) -> str:
    """An IBAN in groups of four, as it is printed."""
    return " ".join(value[start : start + 4] for start in range(0, len(value), 4))


def mask_iban(value: str) -> str:
    """Only the last four characters of an account, for readers who may not see it whole."""
    if not value:
        return ""
    return f"•••• {value[-4:]}" if len(value) > 8 else "••••"


def _checked_email(text: str) -> str:
    # The library refuses .local, the domain of many an office's own mail server: another stands in for it.
    stand_in = ".example" if text.lower().endswith(".local") else ""
    found = validate_email(text + stand_in, check_deliverability=False, test_environment=True)
    return str(found.normalized.removesuffix(stand_in))


@lru_cache(maxsize=1024)
def _email_domain(domain: str) -> str:
    """The part after the @ as it is stored; most addresses of an office share a few."""
    return _checked_email(f"a@{domain}").removeprefix("a@")


def _typed(value: str | None) -> str:
    return clean((value or "").translate(_PASTED), limit=_AS_TYPED)


def _compact(text: str) -> str:
    return re.sub(r"[ .,/-]", "", text).upper()


def _valid(validate: Callable[[str], str], text: str) -> str | None:
    """What stdnum makes of the number, or None; it takes the digits of every script, a bank does not."""
    try:
        return validate(text) if text.isascii() else None
    except ValidationError:
        return None


def _characters(text: str, limit: int) -> str:
    if text and not _NUMBER.fullmatch(text):
        raise TextProblem(
            _l("Enter the number with its digits, letters and spaces; no signs but . , - / and the like.")
        )
    return clean(text, limit=limit)


def _is_canadian(compact: str) -> bool:
    """Whether the first nine digits are a business number; after them any program may stand (RT, RC, RR…)."""
    if not re.fullmatch("[0-9]{9}", compact) and not _CANADIAN_PROGRAM.fullmatch(compact):
        return False
    return _valid(bn.validate, compact[:9]) is not None


def _vat_prefix(country: str) -> str:
    """What VAT numbers of an EU country begin with, "" for the other countries."""
    if country == "GR":
        return "EL"
    return country if country.lower() in vat.MEMBER_STATES - {"xi"} else ""


def _european_vat(compact: str, prefix: str) -> str:
    """With or without its country's prefix; or another member's, whole: companies register abroad."""
    own = compact if compact.startswith(prefix) else prefix + compact
    found = _valid(vat.validate, own) or _valid(vat.validate, compact)
    if not found:
        raise TextProblem(
            _l(
                "Check the VAT number: it begins with %(prefix)s and a letter or digit looks wrong.",
                prefix=prefix,
            )
        )
    return found


def _is_web_address(text: str) -> bool:
    """Whether a browser reads it as one host on the web, and as the host that the reader sees."""
    if re.search(r"[\s\\<>\"]", text):
        return False
    try:
        parts = urlsplit(text)
        host, has_user, _port = parts.hostname or "", "@" in parts.netloc, parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and not has_user and bool(_HOST.fullmatch(host))
