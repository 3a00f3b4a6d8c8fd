"""No name, no free text and no file name of the privacy desk is logged, whatever its pages are asked (Y-L2)."""

import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from blueprints.privacy import shown
from config import Config
from extensions import db
from models import Contact, OutboxMessage
from services import database, records
from services.privacy import register
from tests.support import databases
from tests.support import factories as make
from tests.support.asking import GUARDED, MAY, address, ask
from tests.support.client import Client
from tests.support.threads import read, write
from tests.support.world import World

CANARY = "Zyxcanary Québec"
# Every value that tells which person it is; each is planted in a card or typed in a form.
MAIL = "zyxcanary@example.com"
DESK = [
    (method, permission, endpoint)
    for method, permission, endpoint, rule in GUARDED
    if permission in ("privacy_desk", "privacy_export", "trail") or "privacy" in rule
]
TYPED = {
    **dict.fromkeys(
        ("q", "label", "notes", "reason", "name", "person_in_charge", "typed", "confirm"), CANARY
    ),
    **dict.fromkeys(("card_no", "card", "code", "hash", "plan", "sheets", "reasons", "ground"), "zyxcanary"),
    **dict.fromkeys(("email", "address", "to", "person_email"), MAIL),
}
# Tables that serve as logs, or as the permanent trail.
LOGS = ("security_events", "login_throttles", "jobs", "trail", "privacy_steps")


def test_y_l2_no_canary_reaches_the_log_or_the_trail(
    in_office: Flask, config: Config, world: World, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every address of the desk, with canaries in the address, the form and the cards; then failing inside."""
    values = {"name": CANARY, "email": MAIL, "notes": CANARY, "phone": "+1 514 555 0142"}
    write(in_office, lambda session: records.save(session, _contact(session), values, by=make.BY))
    statuses = sweep(in_office, world)
    assert {200, 303, 409, 422} <= statuses, statuses
    for failure in (RuntimeError(CANARY), database.Busy()):
        monkeypatch.setattr(register, "get", fails(failure))
        monkeypatch.setattr(shown, "row", fails(failure))
        statuses |= sweep(in_office, world, only="request")
    assert {500, 503} <= statuses, statuses
    log = written.getvalue()
    assert log.count(" request ") > 2 * len(DESK) and "incident=" in log
    assert re.search("zyx|Qu.bec|555.?0142|@example", log, re.IGNORECASE) is None
    rows = databases.dump(config)
    for name in LOGS:
        assert "zyx" not in repr(rows.get(name, [])).lower(), name
    assert rows["trail"] and rows["privacy_steps"]


def test_y_l2_the_code_for_a_person_is_nowhere_but_in_its_message(
    app: Flask, config: Config, world: World, written: io.StringIO
) -> None:
    """Y-D1: neither in the log, nor on the trail, nor in the request itself."""
    write(app, lambda session: setattr(register.get(session, world.ids["request"]), "language", "en"))
    write(app, lambda session: records.save(session, _contact(session), {"email": MAIL}, by=make.BY))
    client = Client(app, role="privacy_officer")
    url = f"/privacy/requests/{world.ids['request']}"
    client.read(
        client.send(client.page(url).form(f"{url}/code"), {"address": MAIL, "second_look": True}), url, 303
    )
    body = read(
        app, lambda session: session.scalar(select(OutboxMessage.body).where(OutboxMessage.kind == "privacy"))
    )
    (code,) = re.findall(r"^\d{8}$", body, re.MULTILINE)
    client.post(f"{url}/code/check", {"code": code, "csrf_token": client.csrf_token})
    assert code not in written.getvalue()
    rows = databases.dump(config, without=("outbox_messages",))
    assert code not in repr(rows)


def sweep(app: Flask, world: World, *, only: str = "") -> set[int]:
    """Ask every address of the desk with canaries, as whoever may; the answers' statuses."""
    clients = {role: Client(app, role=role) for role in ("admin", "privacy_officer")}
    tokens = {role: client.csrf_token for role, client in clients.items()}
    found: set[int] = set()
    for method, permission, endpoint in [cell for cell in DESK if only in cell[2]]:
        role = "privacy_officer" if "privacy_officer" in MAY[permission] else "admin"
        with app.test_request_context():
            url = address(app, world, endpoint, method)
        for htmx, query in ((True, "?q=zyxcanary&view=zyxcanary"), (False, "")):
            answer = ask(clients[role], method, url + query, htmx=htmx, token=tokens[role], typed=TYPED)
            found.add(answer.status_code)
    return found


def fails(failure: Exception) -> Any:
    def fail(*_args: Any, **_how: Any) -> None:
        raise failure

    return fail


def _contact(session: Any) -> Contact:
    found: Contact = session.scalars(select(Contact).order_by(Contact.id)).first()
    assert found is not None and session is db.session()
    return found
