"""Fills an empty database with linked cards, past the doors: what they would have written, but fast.

Of ten contacts seven are companies, and three are persons of one of them. Every company is a customer,
three of seven are vendors, and one is a bank with an account of the office as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, create_engine, insert, select, text, update
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from bench.browser import token_of
from bench.names import FREQUENT, Names, Somebody
from bench.papers import Papers, fill_papers
from blueprints.common.sessions import BrowserSession
from config import Config
from models import MODELS, Contact, NumberCounter, NumberSeriesLine, Office, User, UserSession
from models.base import now
from services import database, fields, likeness, settings, starting
from services.text import fold, search_text

CHUNK = 5000
BROWSERS = 16
# Which of ten contacts are what; the first is everything, and has no persons.
PERSONS = (8, 9, 0)
PARTIES = {"customer": 7, "vendor": 3, "bank_account": 1}
LETTERS = {"customer": "c", "vendor": "v", "bank_account": "b"}
EMPLOYER = 2


@dataclass
class Samples:
    """What can be asked of the filled database."""

    size: int
    papers: Papers
    rare: list[str] = field(default_factory=list)
    common: list[str] = field(default_factory=lambda: [name[1:-1] for name in FREQUENT if len(name) > 6])

    def family(self, number: int) -> int:
        """The id of a contact that is linked with a customer, a vendor and a bank account."""
        return 1 + 10 * (number * 7919 % (self.size // 10))

    def other(self, number: int) -> int:
        """The id of a contact beside that family, for thin to save: Carnet would see a conflict in its own."""
        return self.family(number) + 1


def fill(config: Config, size: int) -> Samples:
    """Make the database with so many contacts and what is linked with them, and sign the browsers in."""
    starting.make_database(config)
    engine = create_engine(config.sqlalchemy_url, poolclass=NullPool)
    samples = Samples(size, Papers(size))
    with Session(engine) as session:
        _make_office(session, size)
        _sign_in(session, config)
        session.commit()
        codes = {kind: session.get_one(Office, 1).code_id(kind) for kind in PARTIES}
    with engine.connect() as connection:
        if config.is_sqlite:
            connection.exec_driver_sql("PRAGMA synchronous=OFF")
            connection.commit()
        with connection.begin():
            _stop_indexing(connection)
            for rows in _contacts(size, samples):
                connection.execute(insert(Contact), rows)
            for kind, code in codes.items():
                _make_parties(connection, kind, code)
            _write_history(connection)
            fill_papers(connection, size)
            _index(connection)
        _settle(connection)
    return samples


def _make_office(session: Session, size: int) -> None:
    settings.first_settings(
        session, name="Bench", currency="CAD", language="en", country="CA", timezone="America/Toronto"
    )
    settings.use_usual_codes(session, session.get_one(Office, 1))
    session.flush()
    # A million contacts need more digits than an office's first series have.
    lines = session.execute(select(NumberSeriesLine.id, NumberSeriesLine.pattern)).all()
    for id_, pattern in lines:
        before = pattern.partition("{")[0]
        session.execute(
            update(NumberSeriesLine).where(NumberSeriesLine.id == id_).values(pattern=before + "{00000001}")
        )
        session.add(NumberCounter(line_id=id_, year=0, last_value=size, last_no=f"{before}{size:08d}"))


def _sign_in(session: Session, config: Config) -> None:
    for number in range(BROWSERS):
        user = User(
            name=f"User {number}", email=f"user{number}@example.com", is_admin=True, is_clerk=True,
            language="en", formats="en_CA",
        )  # fmt: skip
        session.add(user)
        session.flush()
        session.add(UserSession(token_hash=_token_hash(config, token_of(number)), user_id=user.id))


def _token_hash(config: Config, token: str) -> str:
    class Keyed:
        config = {"SECRET_KEY": ""}

    keyed: Any = Keyed
    keyed.config = {"SECRET_KEY": config.secret_key}
    return BrowserSession(keyed, token, is_new=False).token_hash


def _contacts(size: int, samples: Samples) -> Iterator[list[dict[str, Any]]]:
    names, start = Names(), now() - timedelta(days=700)
    wanted = max(1, size // 200)
    for first in range(1, size + 1, CHUNK):
        rows = []
        for number in range(first, min(first + CHUNK, size + 1)):
            is_person = number % 10 in PERSONS
            somebody = names.person(number) if is_person else names.company(number)
            if number % wanted == 0 and somebody.last not in FREQUENT:
                samples.rare.append(somebody.piece)
            rows.append(_contact(number, size, somebody, is_person, start))
        yield rows


def _contact(number: int, size: int, who: Somebody, is_person: bool, start: datetime) -> dict[str, Any]:
    no, (city, region, country, post_code) = f"CT{number:08d}", who.town
    at = start + timedelta(seconds=number * 60_000_000 // size)
    return {
        "id": number, "no": no, "type": "person" if is_person else "company", "name": who.name,
        "first_name": who.first, "last_name": who.last if is_person else "",
        "company_id": (number - 1) // 10 * 10 + EMPLOYER if is_person else None,
        "address": who.address, "post_code": post_code, "city": city, "region": region, "country": country,
        "phone": who.phone, "email": who.email, "language": "fr" if region == "QC" else "en", "currency": "CAD",
        "created_at": at, "updated_at": at, "created_by": 1, "updated_by": 1,
        **likeness.keys({"email": who.email, "phone": who.phone}),
        "search_name": fold(who.name)[:100], "search_city": fold(city)[:50],
        "search_text": search_text(no=no, names=[who.name], emails=[who.email], phones=[who.phone], city=city),
    }  # fmt: skip


def _make_parties(connection: Connection, kind: str, code: int | None) -> None:
    table, letter = MODELS[kind].__tablename__, LETTERS[kind]
    shared = [name for name in fields.SHARED[kind] if name in MODELS[kind].__table__.columns]
    keys = ("email_key", "phone_key")
    same = [
        "id",
        "created_at",
        "updated_at",
        "created_by",
        "updated_by",
        "search_name",
        "search_city",
        *shared,
        *keys,
    ]
    own = {
        "no": f"'{letter.upper()}' || substr(no, 3)",
        "version": "1",
        # The contact's words follow its number, which begins with two letters.
        "search_text": f"'  {letter}' || substr(search_text, 5)",
        "blocked": "false" if kind == "bank_account" else "'none'",
    }
    if kind == "customer":
        own["contact_type"] = "'company'"
    columns, values = ", ".join([*same, *own]), ", ".join([*same, *own.values()])
    connection.execute(
        text(
            f"INSERT INTO {table} ({columns}) SELECT {values} FROM contacts"
            f" WHERE id % 10 BETWEEN 1 AND {PARTIES[kind]} ORDER BY id"
        )
    )
    connection.execute(
        text(
            f"INSERT INTO links (contact_id, relation_code_id, kind, {kind}_id, created_at, created_by)"
            f" SELECT id, {code}, '{kind}', id, created_at, 1 FROM {table} ORDER BY id"
        )
    )


def _write_history(connection: Connection) -> None:
    columns = "at, by_id, kind, record_id, action, origin_kind, origin_id, change_id"
    mark = "'m' || CAST(id AS TEXT)"
    for kind in MODELS:
        connection.execute(
            text(
                f"INSERT INTO history ({columns}) SELECT created_at, 1, '{kind}', id, 'created', '', NULL, {mark}"
                f" FROM {MODELS[kind].__tablename__} ORDER BY id"
            )
        )
    for kind in PARTIES:
        for mine, id_, other, other_id in (
            ("contact", "contact_id", kind, f"{kind}_id"),
            (kind, f"{kind}_id", "contact", "contact_id"),
        ):
            connection.execute(
                text(
                    f"INSERT INTO history ({columns}) SELECT created_at, 1, '{mine}', {id_}, 'linked', '{other}',"
                    f" {other_id}, {mark} FROM links WHERE kind = '{kind}' ORDER BY id"
                )
            )


def _stop_indexing(connection: Connection) -> None:
    for table in database.SEARCHED:
        if connection.dialect.name == "sqlite":
            for when in ("insert", "update", "delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_search_{when}"))
        else:
            connection.execute(text(f"DROP INDEX IF EXISTS ix_{table}_search_text"))


def _index(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        for table in database.SEARCHED:
            connection.execute(text(f"INSERT INTO {table}_search ({table}_search) VALUES ('rebuild')"))
    database.create_search(connection)


def _settle(connection: Connection) -> None:
    """What a database that has been used for a while has done by itself."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    for table in (
        *(model.__tablename__ for model in MODELS.values()),
        "links",
        "documents",
        "document_lines",
    ):
        connection.execute(
            text(f"SELECT setval('{table}_id_seq', (SELECT coalesce(max(id), 1) FROM {table}))")
        )
    connection.commit()
    connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")
