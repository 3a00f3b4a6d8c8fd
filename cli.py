"""Commands: flask --app app create-user | sync-check | backup | verify | restore | demo.

Those that write take the lock of the server, or refuse while it runs.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask_babel import force_locale

from config import Config
from extensions import db
from services import accounts, backup, database, logs, starting, sync
from services.errors import CarnetError, Invalid

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


def register(app: Flask) -> None:
    """Give the application its commands."""
    for command in (create_user, sync_check, make_backup, verify, restore, demo):
        app.cli.add_command(command)


@click.command("create-user")
@click.option("--name", prompt=True)
@click.option("--email", prompt="E-mail")
@click.option(
    "--role", "roles", multiple=True, type=click.Choice(accounts.ROLES), help="None means reading only."
)
@click.password_option(help="Asked for when it is not given; other users can read command lines.")
def create_user(name: str, email: str, roles: tuple[str, ...], password: str) -> None:
    """Add a user, when nobody can sign in to do it in the browser."""
    with starting.prepared(_config()), database.writing(db.session()):
        session = db.session()
        user = _or_sentence(lambda: accounts.create_user(session, name, email, password, roles))
        session.commit()
    click.echo(f"Added user {user.id}, {', '.join(roles) or 'reading only'}.")


@click.command("sync-check")
def sync_check() -> None:
    """Prove that all linked cards agree, or list every difference; repairs nothing."""
    starting.check_present(_config())
    pairs, found = sync.linked_pairs(db.session()), sync.mismatches(db.session())
    for one in found:
        # Which fields, not their values: what a command prints often ends up in a log.
        click.echo(f"contact {one.contact_no} and {one.kind} {one.party_no} differ in: {one.field}")
    click.echo(f"{pairs} linked pairs compared, {len(found)} differences.")
    sys.exit(1 if found else 0)


@click.command("backup")
@click.option(
    "--to", "folder", type=FOLDER, help="Folder for the backup, instead of backups/ in the data folder."
)
def make_backup(folder: Path | None) -> None:
    """Write a verified backup; Carnet may be running."""
    config = _config()
    starting.check_present(config)
    made = _or_sentence(lambda: backup.make(config, sync_check=sync.mismatches, folder=folder))
    click.echo(f"{made.path}: verified, {sum(made.manifest.rows.values())} rows.")
    if made.uploads:
        click.echo(f"{made.uploads}: the uploaded files.")
    if made.key:
        click.echo(f"{made.key}: the secret key. Keep it apart from the backup.")
    if made.manifest.disagreements:
        click.echo("Linked cards differ. See which with: flask --app app sync-check", err=True)


@click.command("verify")
@click.argument("file", type=FILE)
def verify(file: Path) -> None:
    """Prove that a backup is whole; ends with 0 when it is, with 1 when not."""
    _config()
    manifest = _or_sentence(lambda: backup.verify(file))
    click.echo(f"{file}: whole. Made {manifest.made_at}, {sum(manifest.rows.values())} rows.")


@click.command("restore")
@click.argument("file", type=FILE)
def restore(file: Path) -> None:
    """Put a backup in the place of the database, which is kept aside. Everybody signs in again."""
    config = _config()
    done = _or_sentence(lambda: backup.restore(config, file))
    with starting.prepared(config), database.writing(db.session()):
        accounts.note_event(db.session(), "restore")
        db.session.commit()
    click.echo(f"Restored {sum(done.manifest.rows.values())} rows as of {done.manifest.made_at}.")
    click.echo(f"The database from before is {done.aside}.")


@click.command("demo")
def demo() -> None:
    """Serve a sample company, in a database of its own."""
    from app import main

    sys.exit(main(["--demo"]))


def _config() -> Config:
    logs.configure()
    config: Config = current_app.config["CARNET"]
    return config


def _or_sentence(work: Callable[[], Any]) -> Any:
    """What the work returns; what it refuses ends the command with a sentence and exit code 1."""
    with force_locale("en"):
        try:
            return work()
        except Invalid as error:
            sentences = [str(sentence) for said in error.errors.values() for sentence in said]
            raise click.ClickException(" ".join(sentences)) from error
        except (backup.BadBackup, CarnetError) as error:
            raise click.ClickException(str(error)) from error
