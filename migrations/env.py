"""Runs the migrations on the connection that `services.migrating` gives; it commits there, not here."""

from alembic import context
from flask import current_app

import models  # noqa: F401  the metadata must know every table
from extensions import Base
from services import database, freezing, totals

metadata = Base.metadata


def run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is not None:
        run_on(connection)
        return
    with current_app.extensions["migrate"].db.engine.connect() as own:
        run_on(own)
        own.commit()


def run_on(connection: object) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        include_object=is_ours,
        compare_type=True,
    )
    with context.begin_transaction():
        # A table that triggers of others name cannot be rebuilt, and issued documents may need a new column.
        freezing.drop_freeze(connection)
        context.run_migrations()
        # Rebuilding a table on SQLite loses its triggers: they are made again after every upgrade.
        database.create_search(connection)
        totals.create(connection)
        freezing.create_freeze(connection)


def is_ours(_object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    """Leave out the tables of the search index, which SQLite keeps for itself."""
    return not (kind == "table" and "_search" in (name or ""))


run()
