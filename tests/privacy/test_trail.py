"""The permanent trail: one chain whoever writes, nothing personal in it, and every tampering found (Y-L1)."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from config import Config
from models import TrailEntry
from services import freezing
from services.privacy import trail
from tests.support import databases
from tests.support.client import Client
from tests.support.databases import Databases
from tests.support.pages import Page
from tests.support.threads import at_once, read
from tests.test_cli import run

OFFICER = 3


def write_lines(session: Session, count: int = 5) -> None:
    for number in range(1, count + 1):
        trail.write(
            session,
            "exported",
            by=OFFICER,
            kind="contact",
            record_id=number,
            fields=("name", "email"),
            counts={"documents": 2, "identity": 1, "sent_mail": 0},
            request_no="PR-2026-001",
        )


def tamper(session: Session, *statements: str) -> None:
    """Change the trail past the program, as somebody with the database in hand."""
    freezing.drop_freeze(session.connection())
    for statement in statements:
        session.execute(text(statement))
    session.expire_all()


def found(session: Session) -> list[str]:
    return [str(problem.sentence) for problem in trail.verify(session)]


def shown(page: Page) -> list[int]:
    """The lines of the trail on a page."""
    ids = [row.attrs.get("id") or "" for row in page.all("tr")]
    return [int(one.removeprefix("line-")) for one in ids if one.startswith("line-")]


@pytest.mark.both_databases
def test_y_l1_lines_are_numbered_without_a_hole_and_chained(session: Session) -> None:
    write_lines(session)
    lines = session.scalars(select(TrailEntry).order_by(TrailEntry.id)).all()
    assert [line.id for line in lines] == [1, 2, 3, 4, 5]
    assert [line.previous for line in lines] == ["", *(line.digest for line in lines[:-1])]
    assert lines[0].role == "privacy_officer"
    assert found(session) == []
    assert trail.seal(session) == lines[-1].digest


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "statement, sentence",
    [
        ("UPDATE trail SET action = 'exporteD' WHERE id = 3", "Line 3 was changed."),
        ("UPDATE trail SET counts = '{\"documents\": 3}' WHERE id = 1", "Line 1 was changed."),
        ("UPDATE trail SET actor_id = 2 WHERE id = 5", "Line 5 was changed."),
        ("UPDATE trail SET at = '2026-01-01 00:00:00' WHERE id = 2", "Line 2 was changed."),
        ("DELETE FROM trail WHERE id = 1", "Line 1 is missing."),
        ("DELETE FROM trail WHERE id = 3", "Line 3 is missing."),
        ("DELETE FROM trail WHERE id = 5", "Line 5 is missing."),
        ("DELETE FROM trail WHERE id > 3", "Lines 4 to 5 are missing."),
        ("DELETE FROM trail", "Lines 1 to 5 are missing."),
        ("DELETE FROM trail_head", "The trail does not end where it was last written."),
        ("UPDATE trail_head SET last = 4", "The trail does not end where it was last written."),
    ],
)
def test_y_l1_a_flipped_byte_and_a_missing_line_are_found(
    session: Session, statement: str, sentence: str
) -> None:
    write_lines(session)
    tamper(session, statement)
    assert sentence in found(session)
    session.rollback()


def test_a_line_that_was_sealed_anew_no_longer_fits_the_next(session: Session) -> None:
    """Whoever can compute digests must rewrite all that follows, and then the noted end is another."""
    write_lines(session)
    line = session.get_one(TrailEntry, 3)
    values = {name: getattr(line, name) for name in trail._SEALED} | {"action": "erased"}
    tamper(session, f"UPDATE trail SET action = 'erased', digest = '{trail._digest(values)}' WHERE id = 3")
    assert found(session) == ["Line 4 does not follow the line before it."]
    session.rollback()


@pytest.mark.both_databases
@pytest.mark.parametrize("statement", ["UPDATE trail SET role = ''", "DELETE FROM trail"])
def test_y_l1_the_database_itself_refuses_to_change_the_trail(session: Session, statement: str) -> None:
    write_lines(session, 1)
    with pytest.raises(DBAPIError, match="permanent"), session.begin_nested():
        session.execute(text(statement))
    assert found(session) == []


@pytest.mark.both_databases
def test_y_l1_writers_at_the_same_moment_write_one_chain(app: Flask) -> None:
    works = [lambda session: write_lines(session, 3)] * 6
    assert [one for one in at_once(app, works) if isinstance(one, Exception)] == []
    assert read(app, found) == []
    assert read(app, trail.length) == 18


def test_y_l1_the_trail_takes_no_values(session: Session) -> None:
    """Names, sentences and addresses are refused by the door itself."""
    for wrong in ({"action": "Erased Marie"}, {"fields": ["Côté"]}, {"counts": {"ada@example.com": 1}}):
        with pytest.raises(ValueError):
            trail.write(session, **{"action": "erased", "by": None} | wrong)  # type: ignore[arg-type]
    for wrong in ({"request_no": "Marie"}, {"role": "Zoé Roy"}, {"kind": "Marie Côté"}):
        with pytest.raises(ValueError):
            trail.write(session, "erased", by=None, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_trail_is_a_page_for_administrators_and_the_privacy_officer(
    app: Flask, do: Callable[..., Any], language: str
) -> None:
    """Users and settings are the administrator's alone; older lines stand on further pages."""
    do(lambda session: write_lines(session, 52))
    do(lambda session: trail.write(session, "settings_changed", by=1, role="clerk", kind="settings"))
    admin, officer = (
        Client(app, role="admin", language=language),
        Client(app, role="privacy_officer", language=language),
    )
    changed = {"en": "Privacy settings changed", "fr": "Paramètres de confidentialité modifiés"}[language]
    page = admin.page("/privacy/trail")
    assert ("Documents 2" in page.text) and (
        "Name, E-mail" if language == "en" else "Nom, Courriel"
    ) in page.text
    assert changed in page.text and "PR-2026-001" in page.text
    assert {"en": "Identity 1", "fr": "Identité 1"}[language] in page.text
    assert "sent_mail" not in page.text and "privacy_officer" not in page.text
    assert {"en": "clerk", "fr": "commis"}[language] in page.text
    page = officer.page("/privacy/trail")
    assert changed not in page.text
    assert shown(page) == [*range(52, 2, -1)]
    assert shown(officer.page("/privacy/trail?after=3")) == [2, 1]
    assert Client(app, role="clerk").get("/privacy/trail").status_code == 403


@pytest.mark.both_databases
def test_the_command_says_whether_the_trail_is_whole(
    database_kind: str, all_databases: Databases, tmp_path: Path
) -> None:
    """Y-L1: it ends with 0 when it is, with 1 when not; it prints the end of the chain to be noted elsewhere."""
    config: Config = all_databases.fresh(database_kind, tmp_path)
    databases.fill(config, write_lines)
    whole = run(config, "audit", "verify")
    assert whole.returncode == 0, whole.stderr
    assert re.search(r"The trail is whole: 5 lines\. It ends with [0-9a-f]{64}\.", whole.stdout)
    databases.fill(config, lambda session: tamper(session, "DELETE FROM trail WHERE id = 4"))
    broken = run(config, "audit", "verify")
    assert broken.returncode == 1
    assert "Line 4 is missing." in broken.stdout
    assert "tampered" in broken.stderr
