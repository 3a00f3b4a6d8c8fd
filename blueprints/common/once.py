"""Creating forms are sent once: a double click makes one record (R-CON-3)."""

import re
import secrets
from collections.abc import Callable
from hashlib import sha256

from flask import abort, redirect, request
from flask_login import current_user
from werkzeug import Response

from extensions import db
from models import OnceToken
from services.errors import Stale

_TOKEN = re.compile(r"[\w.-]{1,64}", re.ASCII)


def token() -> str:
    """A new token for a creating form; the one that was sent when the form is shown again."""
    sent = request.form.get("once", "")
    return sent if _TOKEN.fullmatch(sent) else fresh()


def fresh() -> str:
    """A new token, whatever was sent."""
    return secrets.token_urlsafe(18)


def creating(make: Callable[[], str], *, file_digest: str = "") -> Response:
    """Run `make`, which creates something and returns its address, once for this form; answers 303."""
    return redirect(created(make, file_digest=file_digest), 303)


def created(
    make: Callable[[], str], *, file_digest: str = "", again: Callable[[str], None] | None = None
) -> str:
    """The address that `make` returned; it is run once for this form.

    The same form again leads to the same address. The same token with other content raises Stale, unless
    `again` takes it for what the address leads to. What was typed is compared here; a file that came with it,
    by the digest its caller gives.
    """
    sent = request.form.get("once", "")
    if not sent:
        return make()
    if not _TOKEN.fullmatch(sent):
        abort(400)
    content = _digest(file_digest)
    known = db.session.get(OnceToken, sent)
    if known is not None:
        if known.digest != content:
            if again is None:
                raise Stale()
            again(known.location)
        return known.location
    mark = OnceToken(token=sent, user_id=current_user.id, digest=content)
    db.session.add(mark)
    # A twin of this request that runs at the same moment waits or fails here, and is then run again.
    db.session.flush()
    mark.location = make()
    return mark.location


def _digest(file_digest: str) -> str:
    """A mark of everything that was typed."""
    pairs = sorted((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
    return sha256(repr((request.path, pairs, file_digest)).encode("utf-8", "surrogatepass")).hexdigest()
