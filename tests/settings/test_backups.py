"""Backups from the settings: made, verified, downloaded, never by anybody else."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from extensions import db
from models import SecurityEvent, UserSession
from models.base import now
from services import backup, datadir, kept_backups

URL = "/settings/backup"


def back_up(admin):
    return admin.read(admin.send(admin.page(URL).form(action=URL)), URL, 303)


def the_backup(config):
    (found,) = kept_backups.listing(config.data)
    return found


def test_a_backup_is_made_verified_and_listed(admin, app, config):
    """R-BAK-1 in its plain form: the page then shows its name, time and size."""
    assert "There is no backup yet." in admin.page(URL).main.text
    page = back_up(admin)
    assert "The backup is made and verified" in page.text
    assert the_backup(config).name in page.main.text
    assert backup.verify(the_backup(config).path).disagreements == 0
    assert "less than a day old" in admin.page("/settings").main.text
    with app.app_context():
        assert db.session.scalars(select(SecurityEvent.event)).all().count("backup made") == 1


def test_it_is_downloaded_whole_after_the_password_was_typed_lately(admin, app, config):
    """R-AUTH-11: it holds all data; the download is a security event."""
    back_up(admin)
    url = f"{URL}/{the_backup(config).name}"
    answer = admin.get(url)
    assert answer.status_code == 200
    assert answer.data == the_backup(config).path.read_bytes()
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    with app.app_context():
        assert db.session.scalars(select(SecurityEvent.event)).all().count("backup downloaded") == 1
        for row in db.session.scalars(select(UserSession)):
            row.confirmed_at = now() - timedelta(minutes=11)
        db.session.commit()
    answer = admin.get(url)
    assert answer.status_code == 302
    assert answer.location.startswith("/confirm")


@pytest.mark.parametrize(
    "name", ["..%2Fsecret.key", "secret.key", "%2e%2e%2fcarnet.db", "carnet.carnet", "x" * 300]
)
def test_no_other_file_can_be_taken(admin, name):
    back_up(admin)
    assert admin.get(f"{URL}/{name}").status_code == 404


def test_a_damaged_backup_is_told_from_a_whole_one(admin, config):
    """R-BAK-2 from the page: nothing is repaired or removed."""
    back_up(admin)
    kept = the_backup(config)
    url = f"{URL}/{kept.name}/verify"
    assert "is whole" in admin.read(admin.send(admin.page(URL).form(action=url)), url, 303).text
    content = bytearray(kept.path.read_bytes())
    content[len(content) // 2] ^= 1
    kept.path.write_bytes(content)
    page = admin.read(admin.send(admin.page(URL).form(action=url)), url, 409)
    assert "This backup cannot be used." in page.main.text
    assert kept.path.exists()


def test_a_backup_that_fails_says_why_and_the_page_goes_on(admin, config, monkeypatch):
    def full(*_args, **_more):
        raise backup.BadBackup("The disk is full.")

    monkeypatch.setattr(backup, "make", full)
    page = admin.read(admin.send(admin.page(URL).form(action=URL)), URL, 409)
    assert "The disk is full." in page.main.text
    admin.page(URL)


def test_unfinished_files_and_uploads_are_not_listed(config):
    folder = datadir.backups(config.data)
    for name in ("a.carnet.part", "a.uploads.carnet", "a.key", "a.carnet"):
        (folder / name).write_bytes(b"x")
    assert [kept.name for kept in kept_backups.listing(config.data)] == ["a.carnet"]
