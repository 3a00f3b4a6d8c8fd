"""Making deleted values unreadable in what the database leaves on the disk (R-PRIV-1).

Deleting overwrites the rows themselves. What remains is in the search index, which keeps words until its
pieces are put together, and in the write-ahead log; on PostgreSQL in the tables until they are vacuumed.
"""

import time

from sqlalchemy import Engine, text

from extensions import Base
from services.database import SEARCHED

# So long the cleaning waits for others who are reading.
WAIT_SECONDS = 5.0


def clean(engine: Engine, *, thorough: bool = False) -> bool:
    """Clean the search index, the log and, when `thorough`, every page; returns whether all could be done.

    Inside `services.database.writing` and outside of any transaction: nobody else may write meanwhile.
    """
    if engine.dialect.name == "sqlite":
        return _clean_sqlite(engine, thorough)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in Base.metadata.sorted_tables:
            connection.execute(text(f'VACUUM "{table.name}"'))
    return True


def _clean_sqlite(engine: Engine, thorough: bool) -> bool:
    with engine.begin() as connection:
        for table in SEARCHED:
            connection.execute(text(f"INSERT INTO {table}_search ({table}_search) VALUES ('optimize')"))
    with engine.connect() as connection:
        raw = connection.connection.cursor()
        connection.rollback()
        if thorough:
            raw.execute("VACUUM")
        until = time.monotonic() + WAIT_SECONDS
        while True:
            is_busy = bool(raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
            if not is_busy or time.monotonic() > until:
                break
            time.sleep(0.05)
        raw.close()
    return not is_busy
