"""The office's logo: a small PNG or JPEG, known by its content, that documents can be printed with."""

from flask_babel import lazy_gettext as _l

from models import Office
from services.errors import Invalid
from services.pictures import look_at
from services.printing.typesetting import can_print

MAX_BYTES = 200 * 1024
# Unpacked, a small file could fill the memory.
MOST_DOTS = 4_000_000


def set_logo(office: Office, content: bytes) -> None:
    """Keep the picture; raises Invalid for what is no PNG or JPEG, too large, or broken."""
    if not content:
        raise Invalid({"logo": _l("Choose a picture.")})
    if len(content) > MAX_BYTES:
        raise Invalid({"logo": _l("The picture is too large. Choose one of at most 200 kB.")})
    picture = look_at(content)
    if picture is None:
        raise Invalid({"logo": _l("Choose a PNG or JPEG picture; this file is something else.")})
    if picture.width * picture.height > MOST_DOTS:
        raise Invalid({"logo": _l("The picture has too many dots. 2000 by 600 are more than enough.")})
    if not can_print(content):
        raise Invalid({"logo": _l("This picture is damaged. Save it again, or choose another one.")})
    office.logo, office.logo_type = content, picture.media_type


def remove_logo(office: Office) -> None:
    """Documents are printed with the office's name alone."""
    office.logo, office.logo_type = None, ""
