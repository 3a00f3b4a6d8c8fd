"""The states of a message in words: in the outbox, and on the page of the document that it is about."""

from flask_babel import lazy_gettext as _l

from services.errors import Sentence

# Words of a state, and the tone of its badge.
STATES: dict[str, tuple[Sentence, str]] = {
    "waiting": (_l("Waiting"), "warn"),
    "sending": (_l("Being sent"), ""),
    "sent": (_l("Sent"), ""),
    "partly": (_l("Sent in part"), "bad"),
    "failed": (_l("Failed"), "bad"),
    "cancelled": (_l("Cancelled"), ""),
    "held": (_l("Held"), "bad"),
}
