"""The two floors in the server process: what Flask itself costs, and what raw SQL with one template costs.

They are a Flask application of their own, without Carnet's checks, sessions, records and headers. What they
write is as durable as Carnet's: one transaction, synced to the disk before the answer.
"""

import sqlite3
import threading
from datetime import date
from functools import cache
from typing import Any

from flask import Flask, Response, render_template, request

from config import Config
from extensions import db
from models.base import MONEY_UNITS
from services import records
from services.documents import changes
from services.printing import composing, typesetting

COLUMNS = "id, no, name, type, phone, city, updated_at"
CARD = "id, no, name, name2, type, address, post_code, city, region, country, phone, mobile, fax, email, website,"
CARD += " language, currency, vat_no, registration_no, notes, created_at, updated_at"


def make_floors(config: Config, carnet: Flask) -> Flask:
    """The application that answers /floor/…; `carnet` composes the documents that it sets as PDF."""
    app = Flask("bench")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    store = Store(config)
    composed: dict[int, tuple[str, date]] = {}

    @app.get("/floor/bare")
    def bare() -> str:
        return _blank(int(request.args["size"]))

    @app.get("/floor/list")
    def list_() -> str:
        return _list(store.read(f"SELECT {COLUMNS} FROM contacts ORDER BY search_name, id LIMIT 51"))

    @app.get("/floor/last")
    def last() -> str:
        query = f"SELECT {COLUMNS} FROM contacts ORDER BY search_name DESC, id DESC LIMIT 51"
        return _list(store.read(query)[::-1])

    @app.get("/floor/search")
    def search() -> str:
        query = f"SELECT {COLUMNS} FROM contacts WHERE {store.matches} ORDER BY search_name, id LIMIT ?"
        return _list(store.read(query, (store.term(request.args["q"]), int(request.args["limit"]))))

    @app.get("/floor/card/<int:id>")
    def card(id: int) -> str:
        row = store.read(f"SELECT {CARD} FROM contacts WHERE id = ?", (id,))[0]
        return render_template("card.html", facts=list(zip(CARD.split(", "), row, strict=True)))

    @app.post("/floor/save/<int:id>")
    def save(id: int) -> str:
        phone = request.form["phone"]
        store.write("UPDATE contacts SET phone = ?, version = version + 1 WHERE id = ?", (phone, id))
        return render_template("card.html", facts=[("phone", phone)])

    @app.get("/floor/invoices")
    def invoices() -> str:
        columns = "id, no, name, state, city, total, document_date"
        return _list(
            store.read(
                f"SELECT {columns} FROM documents WHERE kind = 'invoice' ORDER BY document_date DESC, id DESC LIMIT 51"
            )
        )

    @app.get("/floor/invoice/<int:id>")
    def invoice(id: int) -> str:
        head = store.read("SELECT id, no, name, document_date, total FROM documents WHERE id = ?", (id,))[0]
        lines = store.read(
            "SELECT position, description, quantity, unit, unit_price, amount FROM document_lines"
            " WHERE document_id = ? ORDER BY position",
            (id,),
        )
        return render_template("invoice.html", head=head, lines=lines)

    @app.post("/floor/line/<int:id>")
    def line(id: int) -> str:
        quantity = request.form["quantity"]
        store.write(
            "UPDATE document_lines SET quantity = ? WHERE id = ?", (int(int(quantity) * MONEY_UNITS), id)
        )
        return render_template("card.html", facts=[("quantity", quantity)])

    @app.post("/floor/compose/<int:id>")
    def compose(id: int) -> str:
        with carnet.app_context():
            session = db.session()
            document = changes.load(session, id)
            printed = composing.compose(session, document, records.office(session))
            composed[id] = (typesetting.as_json(printed), printed.day)
        return ""

    @app.get("/floor/pdf/<int:id>")
    def pdf(id: int) -> Response:
        return Response(typesetting.compiled(*composed[id]), mimetype="application/pdf")

    @app.post("/floor/create")
    def create() -> Response:
        made = store.write(
            "INSERT INTO contacts (no, type, name, phone, minor, version, created_at, updated_at, search_name,"
            " search_text) SELECT 'X' || coalesce(max(id), 0), 'company', ?, ?, false, 1, '2026-01-01', '2026-01-01',"
            " ?, ? FROM contacts RETURNING id",
            (request.form["name"], request.form["phone"], request.form["name"], request.form["name"]),
        )
        return Response(str(made), 303)

    @app.post("/floor/delete/<int:id>")
    def delete(id: int) -> Response:
        store.write("DELETE FROM contacts WHERE id = ?", (id,))
        return Response("", 303)

    return app


class Store:
    """One connection for each thread of the server, and on SQLite one writer at a time."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._local = threading.local()
        self._lock = threading.Lock()
        if config.is_sqlite:
            self.matches = "id IN (SELECT rowid FROM contacts_search WHERE contacts_search MATCH ?)"
        else:
            self.matches = "search_text LIKE ?"

    def term(self, part: str) -> str:
        """The part of a word as the database looks for it."""
        return f'"{part}"' if self._config.is_sqlite else f"%{part}%"

    def read(self, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """The rows of a query."""
        found: list[Any] = self._connection().execute(self._spelled(query), values).fetchall()
        return found

    def write(self, statement: str, values: tuple[Any, ...]) -> Any:
        """Run one statement in a transaction of its own; the first value it returns, if any."""
        connection = self._connection()
        if not self._config.is_sqlite:
            with connection.transaction():
                return self._first(connection.execute(self._spelled(statement), values))
        with self._lock:
            connection.execute("BEGIN IMMEDIATE")
            first = self._first(connection.execute(statement, values))
            connection.execute("COMMIT")
            return first

    def _first(self, cursor: Any) -> Any:
        return cursor.fetchone()[0] if cursor.description else None

    def _spelled(self, statement: str) -> str:
        return statement if self._config.is_sqlite else statement.replace("?", "%s")

    def _connection(self) -> Any:
        if not hasattr(self._local, "connection"):
            self._local.connection = self._open()
        return self._local.connection

    def _open(self) -> Any:
        if not self._config.is_sqlite:
            import psycopg  # here, because SQLite does without it

            url = self._config.sqlalchemy_url.set(drivername="postgresql")
            return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)
        connection = sqlite3.connect(str(self._config.database_file), isolation_level=None)
        for pragma in ("synchronous=FULL", "busy_timeout=5000", "wal_autocheckpoint=0", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection


def _list(rows: list[Any]) -> str:
    return render_template("list.html", rows=rows[:50])


@cache
def _blank(size: int) -> str:
    return "x" * size
