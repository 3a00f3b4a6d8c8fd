"""The link for a forgotten password (R-AUTH-9): in the database it is a hash, in the outbox it is not at all.

It is made of the message's id and the key of this installation when the message leaves. Who reads the database or
a copy of it finds no link.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from models import OutboxMessage

LINK = "{link}"


def token(message_id: str, key: str) -> str:
    """The 256 bits that a message's link ends with."""
    return hmac.new(key.encode(), f"reset:{message_id}".encode(), sha256).hexdigest()


def body_with_link(message: OutboxMessage, settings: Mapping[str, Any]) -> str:
    """The text as it is sent: for its recipient alone, the link stands where the outbox has a mark."""
    if message.kind != "reset":
        return message.body
    link = f"{settings['CARNET'].url}/reset/{token(message.message_id, settings['SECRET_KEY'])}"
    return message.body.replace(LINK, link)
