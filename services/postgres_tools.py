"""pg_dump, pg_restore and psql: the programs that come with PostgreSQL."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import URL

from config import StartRefused

# Empties the schema without needing more rights than Carnet's own; extensions stay. The search index
# wants one that a new database lacks, and that not every user may add.
EMPTY_SCHEMA = """
DO $$
DECLARE thing record;
BEGIN
  BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
  EXCEPTION WHEN OTHERS THEN NULL;
  END;
  FOR thing IN SELECT format('DROP TABLE IF EXISTS %I CASCADE', tablename) AS command
               FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE thing.command;
  END LOOP;
  FOR thing IN SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) AS command
               FROM pg_proc p LEFT JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
               WHERE p.pronamespace = 'public'::regnamespace AND d.objid IS NULL LOOP
    EXECUTE thing.command;
  END LOOP;
END $$;
"""


def dump(url: URL, target: Path, snapshot: str) -> None:
    """Write a dump of the moment that the snapshot names."""
    _run(
        "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--no-comments",
        f"--snapshot={snapshot}", f"--file={target}", _address(url), password=url.password,
    )  # fmt: skip


def check_dump(path: Path) -> None:
    """Prove that a dump has a readable list of contents."""
    _run("pg_restore", "--list", str(path))


def load(url: URL, path: Path, *, after: Sequence[str] = ()) -> None:
    """Replace what the database holds by a dump, and run the statements in `after`, in one transaction."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "restore.sql")
        _run(
            "pg_restore", "--schema=public", "--no-owner", "--no-privileges", "--no-comments",
            f"--file={script}", str(path),
        )  # fmt: skip
        # A dump leaves no schema to look for tables in.
        endings = [f"--command={statement}" for statement in ("SET search_path TO public", *after)]
        _run(
            "psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", _address(url),
            f"--command={EMPTY_SCHEMA}", f"--file={script}", *endings, password=url.password,
        )  # fmt: skip


def _address(url: URL) -> str:
    """The address without its password, which others could read in the list of processes."""
    plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return f"--dbname={plain.render_as_string()}"


def _run(program: str, *arguments: str, password: str | None = None) -> None:
    if shutil.which(program) is None:
        raise StartRefused(
            f"The program {program} is not installed. It comes with PostgreSQL's client programs"
            " (Debian: apt install postgresql-client). Install it; to upgrade without a copy of the database,"
            " start with: python app.py --no-copy",
            4,
        )
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    done = subprocess.run([program, *arguments], check=False, env=environment, capture_output=True, text=True)
    if done.returncode:
        said = next(iter(done.stderr.strip().splitlines()), "no reason given")
        raise StartRefused(f"{program} failed: {said[:300]}", 4)
