"""What the database itself refuses, when everything else was passed by: changes of issued documents and of the trail.

The triggers of SQLite and PostgreSQL stand side by side, as in `services.database`.
"""

from sqlalchemy import Connection, inspect, text

# What an issued document is made of, besides its own row.
DOCUMENT_PARTS = ("document_lines", "document_taxes", "document_files")

_FROZEN = "issued documents never change"


def create_freeze(connection: Connection) -> None:
    """Make the database refuse changes of issued documents and of what they are made of (R-INV-1).

    Safe to call again. What belongs to an issued document cannot be added, changed or removed either.
    """
    if not inspect(connection).has_table("documents"):
        return
    drop_freeze(connection)
    _create_trail_freeze(connection)
    for table, when in _frozen_writes():
        row = "new" if when == "INSERT" else "old"
        is_issued = f"{row}.state = 'issued'"
        if table != "documents":
            is_issued = f"(SELECT state FROM documents WHERE id = {row}.document_id) = 'issued'"
        name = f"{table}_frozen_{when.lower()}"
        if connection.dialect.name == "sqlite":
            refusal = f"SELECT RAISE(ABORT, '{_FROZEN}');"
            connection.execute(
                text(f"CREATE TRIGGER {name} BEFORE {when} ON {table} WHEN {is_issued} BEGIN {refusal} END")
            )
        else:
            refusal = f"RAISE EXCEPTION '{_FROZEN}' USING ERRCODE = 'restrict_violation';"
            passed = "old" if when == "DELETE" else "new"
            connection.execute(
                text(
                    f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$"
                    f" BEGIN IF {is_issued} THEN {refusal} END IF; RETURN {passed}; END $$"
                )
            )
            connection.execute(
                text(f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
            )


def drop_freeze(connection: Connection) -> None:
    """Let migrations rebuild and fill the tables; they call `create_freeze` when they are done."""
    _drop_trail_freeze(connection)
    for table, when in _frozen_writes():
        on = "" if connection.dialect.name == "sqlite" else f" ON {table}"
        connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_frozen_{when.lower()}{on}"))


_PERMANENT = "the trail is permanent"


def _create_trail_freeze(connection: Connection) -> None:
    """Make the database refuse changes of lines of the trail (Y-L1)."""
    if not inspect(connection).has_table("trail"):
        return
    if connection.dialect.name == "sqlite":
        for when in ("UPDATE", "DELETE"):
            connection.execute(
                text(
                    f"CREATE TRIGGER trail_frozen_{when.lower()} BEFORE {when} ON trail"
                    f" BEGIN SELECT RAISE(ABORT, '{_PERMANENT}'); END"
                )
            )
        return
    refusal = f"RAISE EXCEPTION '{_PERMANENT}' USING ERRCODE = 'restrict_violation';"
    connection.execute(
        text(
            "CREATE OR REPLACE FUNCTION trail_frozen() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN {refusal} END $$"
        )
    )
    connection.execute(
        text(
            "CREATE TRIGGER trail_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON trail"
            " FOR EACH STATEMENT EXECUTE FUNCTION trail_frozen()"
        )
    )


def _drop_trail_freeze(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        for when in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS trail_frozen_{when}"))
    else:
        connection.execute(text("DROP TRIGGER IF EXISTS trail_frozen ON trail"))


def _frozen_writes() -> list[tuple[str, str]]:
    own = [("documents", when) for when in ("UPDATE", "DELETE")]
    return own + [(table, when) for table in DOCUMENT_PARTS for when in ("INSERT", "UPDATE", "DELETE")]
