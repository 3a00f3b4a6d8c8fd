"""Commands: flask --app app create-user | sync-check | audit verify | backup | verify | restore | import-orders | demo.

Those that write take the lock of the server, or refuse while it runs.
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask_babel import force_locale
from sqlalchemy.orm import Session

from config import Config
from extensions import db
from services import accounts, backup, database, logs, starting, sync
from services.documents import order_files
from services.errors import CarnetError, Invalid
from services.mail import outbox
from services.printing import composing
from services.privacy import settling, trail

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


def register(app: Flask) -> None:
    """Give the application its commands."""
    for command in (create_user, sync_check, audit, make_backup, verify, restore, import_orders, demo):
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


@click.group("audit")
def audit() -> None:
    """The permanent trail of what was done with personal data."""


@audit.command("verify")
def verify_trail() -> None:
    """Prove that no line of the trail was changed or removed; ends with 0 when so, with 1 when not."""
    starting.check_present(_config())
    session = db.session()
    with force_locale("en"):
        problems = [str(problem.sentence) for problem in trail.verify(session)]
    for sentence in problems:
        click.echo(sentence)
    lines = trail.length(session)
    if problems:
        raise click.ClickException(
            f"The trail was tampered with: {len(problems)} of its {lines} lines are not in order."
        )
    click.echo(f"The trail is whole: {lines} lines. It ends with {trail.seal(session)}.")


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
    done = _or_sentence(
        lambda: backup.restore(config, file, before=lambda: settling.settle_before_restore(config))
    )
    with starting.prepared(config), database.writing(db.session()):
        accounts.note_event(db.session(), "restore")
        held = outbox.held(db.session())
        db.session.commit()
    click.echo(f"Restored {sum(done.manifest.rows.values())} rows as of {done.manifest.made_at}.")
    click.echo(f"The database from before is {done.aside}.")
    if held:
        click.echo(f"Messages that waited in the outbox are held, for they may have been sent since: {held}.")


@click.command("import-orders")
@click.argument("orders", type=click.Path(exists=True, path_type=Path))
@click.argument("lines", type=FILE, required=False)
@click.option("--products", type=FILE, help="Names of products that are no items; products.csv beside it.")
def import_orders(orders: Path, lines: Path | None, products: Path | None) -> None:
    """Enter orders.csv and order-details.csv (or their folder) as invoices, in the order of their dates.

    Each order is entered once: the same files again enter nothing. Freight and shipping addresses are left out.
    """
    orders = orders / "orders.csv" if orders.is_dir() else orders
    lines = lines or orders.with_name("order-details.csv")
    beside = orders.with_name("products.csv")
    products = products or (beside if beside.exists() else None)
    refused = 0
    with starting.prepared(_config()), database.writing(db.session()):
        session = db.session()
        found = _or_sentence(lambda: order_files.read(orders, lines))
        names = _or_sentence(lambda: order_files.product_names(products))
        there = order_files.entered(session, found)
        new = [order for order in found if order.key not in there]
        for order in new:
            try:
                with force_locale("en"):
                    database.in_transaction(session, partial(_enter, session, order, names))
            except CarnetError as error:
                session.rollback()
                refused += 1
                click.echo(f"order {order.no}: {_sentence(error)}", err=True)
    entered = len(new) - refused
    click.echo(
        f"{entered} invoices entered, {len(there)} were there already, {refused} could not be entered."
    )
    sys.exit(1 if refused else 0)


def _enter(session: Session, order: order_files.Order, names: dict[str, str]) -> None:
    order_files.enter(session, order, names, make_pdf=composing.content_of, by=None)


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
        except (backup.BadBackup, CarnetError) as error:
            raise click.ClickException(_sentence(error)) from error


def _sentence(error: Exception) -> str:
    """What a refusal says, of Invalid every sentence."""
    if isinstance(error, Invalid):
        return " ".join(str(sentence) for said in error.errors.values() for sentence in said)
    return str(error)
