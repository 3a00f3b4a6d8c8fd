"""The dossier of a person with five thousand rows, beside the bare SQL that reads the same rows."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import Connection, create_engine, insert, select, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from bench.filling import Samples
from config import Config
from extensions import db
from models import (
    Contact,
    Document,
    DocumentLine,
    HistoryEntry,
    Interaction,
    Link,
    OutboxMessage,
    OutboxRecipient,
)
from models.base import now
from services.privacy import dossier, summary

# How many rows of each table the person has; together five thousand.
ROWS = {"interactions": 2_000, "history": 1_500, "messages": 250, "documents": 200, "lines": 800}
ROUNDS = 15

_OF_CONTACT = (
    "SELECT * FROM contacts WHERE id = :contact",
    "SELECT * FROM customers WHERE id = :customer",
    "SELECT * FROM links WHERE contact_id = :contact",
    "SELECT * FROM interactions WHERE contact_id = :contact",
    "SELECT * FROM history WHERE kind = 'contact' AND record_id = :contact",
    "SELECT * FROM outbox_messages WHERE contact_id = :contact",
    "SELECT r.* FROM outbox_recipients r JOIN outbox_messages m ON m.id = r.outbox_id WHERE m.contact_id = :contact",
    "SELECT * FROM documents WHERE customer_id = :customer",
    "SELECT l.* FROM document_lines l JOIN documents d ON d.id = l.document_id WHERE d.customer_id = :customer",
)


def measure(config: Config, samples: Samples) -> dict[str, str]:
    """Milliseconds for the dossier and for the bare SQL, in turn; the goal is 20 times as long at most."""
    engine = create_engine(config.sqlalchemy_url, poolclass=NullPool)
    with engine.begin() as connection:
        ids = _fill(connection, samples)
    app = Flask("bench")
    app.config.update(config.flask_settings(config.secret_key))
    db.init_app(app)
    with app.app_context(), engine.connect() as bare:
        session = db.session()
        contact = session.get_one(Contact, ids["contact"])
        rows: list[int] = []

        def whole() -> None:
            found = dossier.collect(session, dossier.scope_of(session, contact))
            rows.append(sum(line.count for line in summary.lines(session, found)))

        def plain() -> None:
            for query in _OF_CONTACT:
                bare.execute(text(query), ids).all()

        whole_ms, plain_ms = _in_turn(session, whole, plain)
        db.session.remove()
        db.engine.dispose()
    return {
        f"dossier of {rows[-1]:,} rows": f"{whole_ms:.1f} ms",
        "the bare SQL that reads them": f"{plain_ms:.1f} ms, {whole_ms / plain_ms:.1f} × (goal 20)",
    }


def _in_turn(session: Session, *works: Callable[[], None]) -> list[float]:
    """The median milliseconds of each work, all of them once a round."""
    times: list[list[float]] = [[] for _work in works]
    for _round in range(ROUNDS):
        for work, measured in zip(works, times, strict=True):
            began = time.perf_counter()
            work()
            measured.append((time.perf_counter() - began) * 1000)
        session.rollback()
    return [statistics.median(measured) for measured in times]


def _fill(connection: Connection, samples: Samples) -> dict[str, int]:
    """Give a family its rows, past the doors; returns its contact and customer."""
    contact = samples.family(1)
    customer = connection.scalar(
        select(Link.customer_id).where(Link.contact_id == contact, Link.kind == "customer")
    )
    assert customer is not None
    moment = now()
    connection.execute(
        insert(Interaction),
        [
            {"action": "call", "contact_id": contact, "subject": "Prices"}
            for _row in range(ROWS["interactions"])
        ],
    )
    line = {"kind": "contact", "record_id": contact, "action": "changed", "field": "phone", "change_id": ""}
    connection.execute(insert(HistoryEntry), [{**line, "at": moment} for _row in range(ROWS["history"])])
    for number in range(ROWS["messages"]):
        message: dict[str, Any] = {"message_id": f"<{number}@bench>", "kind": "card", "contact_id": contact}
        id_ = connection.execute(
            insert(OutboxMessage), {**message, "body": "Good morning."}
        ).inserted_primary_key
        assert id_ is not None
        recipient = {"outbox_id": id_[0], "field": "to", "email": "somebody@example.com", "state": "sent"}
        connection.execute(insert(OutboxRecipient), recipient)
    for _number in range(ROWS["documents"]):
        order = {"kind": "order", "state": "open", "customer_id": customer, "document_date": moment.date()}
        document = connection.execute(insert(Document), order).inserted_primary_key
        assert document is not None
        each = ROWS["lines"] // ROWS["documents"]
        lines = [{"document_id": document[0], "position": at, "description": "Bread"} for at in range(each)]
        connection.execute(insert(DocumentLine), lines)
    return {"contact": contact, "customer": customer}
