"""The ledger of erasures: whatever happens in between, an erased person does not come back (R-BAK-3)."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config import HOME, Config
from extensions import db
from models import Contact, Customer, Document, PrivacyErasure, PrivacyRequest, TrailEntry
from services import backup
from services.privacy import certificate, counting, ledger, register, settling
from tests.documents.support import make_document, make_issued
from tests.privacy.erasing_support import carry_out, erase
from tests.support import databases
from tests.support.factories import BY, make_contact, make_customer, make_family


@pytest.fixture
def config(database_kind: str, all_databases: databases.Databases, tmp_path: Path) -> Config:
    """An office of this test's own: its files are changed as well."""
    return all_databases.fresh(database_kind, tmp_path)


def plain(config: Config) -> Session:
    return Session(databases.plain_engine(config))


@pytest.mark.both_databases
def test_r_bak_3_a_restored_backup_does_not_bring_the_person_back(session: Session, config: Config) -> None:
    """R-BAK-3: erased, invoiced and restored; the same start does it again, once."""
    family, bought = make_family(session), make_customer(session, "Bought Ltd")
    # At the time of the backup an order is open that is converted or deleted later.
    order = make_document(session, "order", bought)
    session.commit()
    made = backup.make(config)
    session.delete(session.get_one(Document, order.id))
    invoice = make_issued(session, "invoice", bought)
    erase(session, config, family.contact, family.customer)
    erase(session, config, bought)
    gone, bought_id, no = family.contact.id, bought.id, invoice.no
    file = ledger.path(config)
    assert "Family" not in file.read_text() and stat.S_IMODE(file.stat().st_mode) == 0o600
    session.rollback()
    db.session.remove()
    db.engine.dispose()
    restored = _run(config, "restore", str(made.path))
    assert restored.returncode == 0, restored.stderr
    assert "Erasures that this database did not know were done again: 2." in restored.stderr
    with plain(config) as after:
        assert after.get(Contact, gone) is None and no not in set(after.scalars(select(Document.no)))
        assert after.get(Customer, bought_id) is None and after.scalar(select(Document.id)) is None
        assert set(after.scalars(select(PrivacyRequest.state))) == {"closed"}
        erasures = after.scalars(select(PrivacyErasure)).all()
        assert len(erasures) == 2 and all(certificate.is_intact(one) for one in erasures)
    assert settling.settle(config) == 0


@pytest.mark.both_databases
def test_a_crash_before_or_after_the_commit_is_settled_by_the_database(
    session: Session, config: Config
) -> None:
    """Fully there or fully erased; the ledger agrees after the next start."""
    file = ledger.path(config)
    stays, goes = make_contact(session, "Stays Ltd"), make_contact(session, "Goes Ltd")
    session.commit()
    carry_out(session, config, stays)
    session.rollback()
    carry_out(session, config, goes)
    session.commit()
    with file.open("a") as torn:
        torn.write('{"token":"half')
    certificate._sought.clear()
    assert [entry.state for entry in ledger.read(file)] == [ledger.INTENDED, ledger.INTENDED]
    assert settling.settle(config) == 0
    assert [entry.state for entry in ledger.read(file)] == [ledger.VOID, ledger.DONE]
    session.expire_all()
    assert session.get(Contact, stays.id) is not None and session.get(Contact, goes.id) is None
    erasure = session.scalars(select(PrivacyErasure)).one()
    # The values are forgotten: the certificate says that the rows alone were looked for.
    assert certificate.is_intact(erasure) and not erasure.report["residue"]["by_values"]


@pytest.mark.both_databases
def test_r_bak_3_the_register_and_the_trail_know_of_an_erasure_that_was_done_again(
    session: Session, config: Config
) -> None:
    """R-BAK-3: a request that the backup has is not open any more; one that it has not can be read like any other."""
    known, unknown = make_contact(session, "Known Ltd"), make_contact(session, "Unknown Ltd")
    asked = register.open_for_card(session, known, "erasure", by=BY)
    session.commit()
    file = ledger.path(config)
    for no, card in ((asked.no, known), ("PR-2026-990", unknown)):
        ledger.intend(file, f"token {no}", no, [("contact", card.id)], asked.created_at)
        ledger.note(file, f"token {no}", ledger.DONE)
    session.rollback()
    assert settling.settle(config) == 2
    session.expire_all()
    for one in session.scalars(select(PrivacyRequest)):
        assert (one.state, one.outcome, one.regime) == ("closed", "granted", "CA")
    assert len(list(counting.rows(session, str))) == 2
    lines = session.execute(select(TrailEntry.actor_id, TrailEntry.kind, TrailEntry.request_no)
                            .where(TrailEntry.action == "erased")).all()  # fmt: skip
    assert lines == [(None, "contact", asked.no), (None, "contact", "PR-2026-990")]


def test_before_a_restore_what_was_cut_off_counts_as_the_database_says(
    session: Session, config: Config
) -> None:
    goes, stays = make_contact(session, "Goes Ltd"), make_contact(session, "Stays Ltd")
    session.commit()
    carry_out(session, config, goes)
    session.commit()
    carry_out(session, config, stays)
    session.rollback()
    settling.settle_before_restore(config)
    file = ledger.path(config)
    assert [entry.state for entry in ledger.read(file)] == [ledger.DONE, ledger.VOID]
    carry_out(session, config, stays)
    session.rollback()
    db.session.remove()
    db.engine.dispose()
    assert config.database_file is not None
    content = config.database_file.read_bytes()
    config.database_file.write_bytes(b"no database")
    settling.settle_before_restore(config)
    config.database_file.write_bytes(content)
    # Nothing can say whether it was committed: the person had asked for it.
    assert ledger.read(file)[-1].state == ledger.DONE


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["intend", "commit", "clean"])
def test_kill_in_the_middle_leaves_the_person_there_or_erased(
    session: Session, config: Config, moment: str
) -> None:
    """Killed at three moments: before the commit, after it, and while cleaning."""
    family = make_family(session, name="Killed Ltd")
    ids = (family.contact.id, family.customer.id)
    session.commit()
    db.session.remove()
    db.engine.dispose()
    code = _KILLED.format(ids=ids, moment=moment)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=HOME, env=_environment(config), capture_output=True, text=True
    )
    assert done.returncode == -9, done.stderr
    settling.settle(config)
    with plain(config) as after:
        there = [after.get(Contact, ids[0]) is not None, after.get(Customer, ids[1]) is not None]
        erased = after.scalars(select(PrivacyErasure)).all()
        assert there == ([True, True] if moment == "intend" else [False, False])
        assert len(erased) == (0 if there[0] else 1)
        history = after.scalar(text("SELECT count(*) FROM history WHERE new = 'Killed Ltd'"))
        assert bool(history) == there[0] or not history
        for one in erased:
            assert certificate.is_intact(one)
    states = {entry.state for entry in ledger.read(ledger.path(config))}
    assert states <= {ledger.VOID, ledger.DONE}


_KILLED = """
import os, signal
from app import create_app
from extensions import db
from models import Contact, Customer
from services import database, database_cleaning
from services.privacy import certificate, erasing, ledger
from tests.privacy.erasing_support import carry_out

def kill(*_all, **_more):
    os.kill(os.getpid(), signal.SIGKILL)

app = create_app()
config = app.config["CARNET"]
with app.app_context(), database.writing(db.session()):
    session = db.session()
    cards = [session.get_one(Contact, {ids}[0]), session.get_one(Customer, {ids}[1])]
    if {moment!r} == "intend":
        before = ledger.intend
        ledger.intend = lambda *all: (before(*all), kill())
    made = carry_out(session, config, *cards)
    session.commit()
    if {moment!r} == "commit":
        kill()
    database_cleaning.clean = kill
    certificate.finish(session, config, made.id)
"""


def _environment(config: Config) -> dict[str, str]:
    return {
        **os.environ,
        "CARNET_DATA": str(config.data),
        "DATABASE_URL": config.database_url,
        "SECRET_KEY": config.secret_key,
        "PYTHONPATH": str(HOME),
    }


def _run(config: Config, *arguments: str) -> Any:
    command = [sys.executable, "-m", "flask", "--app", "app", *arguments]
    return subprocess.run(command, cwd=HOME, env=_environment(config), capture_output=True, text=True)


def test_a_line_says_ids_and_nothing_else(session: Session, config: Config) -> None:
    contact = make_contact(session, "Secret Ltd", email="secret@example.com")
    session.commit()
    made = carry_out(session, config, contact)
    session.commit()
    lines = [json.loads(line) for line in ledger.path(config).read_text().splitlines()]
    assert [set(line) for line in lines] == [{"token", "state", "request", "cards", "at"}]
    assert lines[0]["cards"] == [["contact", contact.id]] and lines[0]["token"] == made.report["token"]
