"""How many cards and documents of each kind there are, kept by triggers, for counting a million takes long."""

from sqlalchemy import Connection, bindparam, func, inspect, select, text
from sqlalchemy.orm import Session

from models import RowTotal
from services import database

# What is counted, by table: under the table's own name, or under the kinds that its rows name.
CARDS = {table: f"'{table}'" for table in database.CARDS}
COUNTED = {**CARDS, "documents": "kind"}
# So many writers of PostgreSQL count at the same moment without waiting for one another.
PARTS = 16

# Made once: every list asks it.
_TOTAL = select(func.sum(RowTotal.total)).where(RowTotal.counted == bindparam("name"))


def of(session: Session, name: str) -> int:
    """How many rows are counted under a name: the table of a kind of card, or a kind of document.

    It costs the same for a hundred as for a million.
    """
    return int(session.connection().execute(_TOTAL, {"name": name}).scalar() or 0)


def create(connection: Connection) -> None:
    """Count what is there, and make the triggers that keep the counts; safe to call again."""
    live = inspect(connection)
    if not live.has_table("row_totals"):
        return
    connection.execute(text("DELETE FROM row_totals"))
    for table, name in COUNTED.items():
        if live.has_table(table):
            connection.execute(
                text(
                    f"INSERT INTO row_totals (counted, part, total) SELECT {name}, 0, count(*) FROM {table} GROUP BY 1"
                )
            )
            _watch(connection, table, name)


def _watch(connection: Connection, table: str, name: str) -> None:
    """Make the two triggers of a table: what comes is added, what goes is taken away."""
    on_sqlite = connection.dialect.name == "sqlite"
    if not on_sqlite:
        connection.execute(text(_FUNCTION.format(table=table, name=name, parts=PARTS)))
    for when, sign, row in (("INSERT", "", "NEW"), ("DELETE", "-", "OLD")):
        trigger = f"{table}_total_{when.lower()}"
        connection.execute(text(f"DROP TRIGGER IF EXISTS {trigger}" + ("" if on_sqlite else f" ON {table}")))
        if on_sqlite:
            own = name if name.startswith("'") else f"{row}.{name}"
            does = (
                f"BEGIN INSERT INTO row_totals (counted, part, total) VALUES ({own}, 0, {sign}1) {_ADD}; END"
            )
        else:
            does = f"REFERENCING {row} TABLE AS changed EXECUTE FUNCTION count_{table}('{sign}1')"
        connection.execute(text(f"CREATE TRIGGER {trigger} AFTER {when} ON {table} {does}"))


_ADD = "ON CONFLICT (counted, part) DO UPDATE SET total = row_totals.total + excluded.total"
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION count_{{table}}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO row_totals (counted, part, total)
        SELECT {{name}}, pg_backend_pid() % {{parts}}, tg_argv[0]::integer * count(*) FROM changed GROUP BY 1
        {_ADD};
    RETURN NULL;
END $$"""
