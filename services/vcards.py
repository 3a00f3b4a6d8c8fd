"""A contact as a vCard, for the address books of telephones and mail programs (X3).

Version 3.0, because the mail programs of offices read no newer one. Notes and the birth date stay here.
"""

from models import Contact
from services import places

_ESCAPED = str.maketrans({"\\": "\\\\", ",": "\\,", ";": "\\;", "\n": "\\n", "\r": ""})
LONGEST_LINE = 75  # octets


def vcard(contact: Contact, company: Contact | None, locale: str) -> str:
    """The card with its line ends; names of countries are those of the locale."""
    organisation = company.name if company is not None else ("" if contact.is_person else contact.name)
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        "PRODID:-//Carnet//EN",
        f"N:{_joined(_name_parts(contact))}",
        f"FN:{_escaped(contact.name)}",
        *_line("ORG", organisation),
        *_line("TITLE", contact.job_title),
        *_line("TEL;TYPE=WORK,VOICE", contact.phone),
        *_line("TEL;TYPE=CELL,VOICE", contact.mobile),
        *_line("TEL;TYPE=WORK,FAX", contact.fax),
        *_line("EMAIL;TYPE=INTERNET,PREF", contact.email),
        *_line("EMAIL;TYPE=INTERNET", contact.email2),
        *_address(contact, locale),
        *([f"URL:{contact.website}"] if contact.website else []),
        f"REV:{contact.updated_at:%Y-%m-%dT%H:%M:%SZ}",
        "END:VCARD",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _name_parts(contact: Contact) -> list[str]:
    """Last, first and middle name, and the title before them; a company has none."""
    if not contact.is_person:
        return ["", "", "", "", ""]
    return [contact.last_name, contact.first_name, contact.middle_name, contact.title, ""]


def _address(contact: Contact, locale: str) -> list[str]:
    country = places.country_name(contact.country, locale) if contact.country else ""
    parts = [contact.address, contact.city, contact.region, contact.post_code, country]
    if not any((*parts, contact.address2)):
        return []
    return [f"ADR;TYPE=WORK:{_joined(['', contact.address2, *parts])}"]


def _line(name: str, value: str) -> list[str]:
    return [f"{name}:{_escaped(value)}"] if value else []


def _joined(parts: list[str]) -> str:
    return ";".join(_escaped(part) for part in parts)


def _escaped(text: str) -> str:
    return text.translate(_ESCAPED)


def _folded(line: str) -> str:
    """The line in pieces of 75 octets, no character cut in two; each piece but the first begins with a blank."""
    pieces, piece, length = [], "", 0
    for character in line:
        size = len(character.encode())
        if length + size > LONGEST_LINE:
            pieces.append(piece)
            piece, length = " ", 1
        piece += character
        length += size
    return "\r\n".join([*pieces, piece])
