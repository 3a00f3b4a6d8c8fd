"""Addresses as the post of the country wants them, line by line."""

from typing import Protocol

from services.places import country_name, locale_of

# The town comes before the postal code, with the province between them.
_TOWN_FIRST = {"CA", "US", "AU", "NZ", "IN", "TW"}
# The postal code has a line of its own, below the town.
_CODE_LAST = {"GB", "IE", "JE", "GG", "IM"}
# The post delivers by the postal code and wants no province.
_NO_REGION = {"FR", "MC", "BE", "LU", "CH", "LI", "DE", "AT", "NL", "DK", "SE", "NO", "FI", "PL", "CZ", "PT"}


class Addressed(Protocol):
    """Whatever has an address."""

    address: str
    address2: str
    post_code: str
    city: str
    region: str
    country: str


def address_lines(one: Addressed, locale: str, from_country: str) -> tuple[str, ...]:
    """Street, town and country; the country is left out where it is that of the sender.

    In French a Canadian province stands in parentheses, in English it is followed by two spaces.
    """
    lines = [one.address, one.address2, *_town(one, locale_of(locale).language)]
    if one.country and one.country != from_country:
        lines.append(country_name(one.country, locale).upper())
    return tuple(line for line in lines if line)


def _town(one: Addressed, language: str) -> list[str]:
    country = one.country
    if country == "CA" and language == "fr":
        region = f"({one.region})" if one.region else ""
        return [_joined(one.city, region, one.post_code)]
    if country == "US":
        return [_joined(", ".join(filter(None, (one.city, one.region))), one.post_code)]
    if country in _TOWN_FIRST:
        return ["  ".join(filter(None, (_joined(one.city, one.region), one.post_code)))]
    if country in _CODE_LAST:
        return [one.city, one.region, one.post_code]
    region = "" if country in _NO_REGION else one.region
    return [_joined(one.post_code, one.city, f"({region})" if region else "")]


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
