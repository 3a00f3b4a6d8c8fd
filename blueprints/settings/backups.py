"""Backups: what there is, a new one now, and the files to take away."""

from typing import Any

from flask import current_app, render_template, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from blueprints.common import access as rights
from blueprints.common.access import access, transaction
from blueprints.settings import answers, blueprint
from config import Config, StartRefused
from services import backup, datadir, kept_backups, logs, sync
from services.errors import Refused


@blueprint.get("/backup")
@access("backup")
def backups() -> Any:
    return render_template(
        "settings/backup.html",
        backups=kept_backups.listing(config().data),
        folder=datadir.backups(config().data),
        low_space=low_space(),
        key_is_kept=not config().secret_key,
    )


@blueprint.post("/backup")
@access("backup", own_transaction=True)
def back_up_now() -> Any:
    # No transaction is open while the copy is made: others go on saving.
    try:
        made = backup.make(config(), sync_check=sync.mismatches)
    except StartRefused:
        raise Refused(
            _l("Another backup is being made at this moment. Wait until it is done."), link=PAGE
        ) from None
    except backup.BadBackup as problem:
        logs.error(logs.new_incident(), problem)
        raise Refused(
            _l(
                "The backup could not be made; those from before are as they were. Reason: %(why)s",
                why=str(problem),
            ),
            link=PAGE,
        ) from None
    count = sum(made.manifest.rows.values())
    said = _("The backup is made and verified: %(count)s rows.", count=count)
    if made.manifest.disagreements:
        said = _("The backup is made and verified. Linked cards differ: see the check of linked cards.")
    return transaction(lambda: _noted("backup made", said))


@blueprint.post("/backup/<name>/verify")
@access("backup", own_transaction=True)
def verify_backup(name: str) -> Any:
    kept = kept_backups.find(config().data, name)
    try:
        manifest = backup.verify(kept.path)
    except backup.BadBackup as problem:
        raise Refused(
            _l("This backup cannot be used. Make a new one now. Reason: %(why)s", why=str(problem)), link=PAGE
        ) from None
    count = sum(manifest.rows.values())
    said = _(
        "%(name)s is whole: checksum, pages and %(count)s rows are as they were.", name=name, count=count
    )
    return transaction(lambda: _noted("backup verified", said))


@blueprint.get("/backup/<name>")
@access("backup", confirm=True)
def download_backup(name: str) -> Any:
    kept = kept_backups.find(config().data, name)
    rights.note_event("backup downloaded")
    return send_file(
        kept.path, mimetype="application/octet-stream", as_attachment=True, download_name=kept.name
    )


PAGE = ("settings.backups", _l("Back to the backups"))


def config() -> Config:
    """The configuration that the application runs with."""
    found: Config = current_app.config["CARNET"]
    return found


def low_space() -> int:
    """Megabytes left where the data lies, when they are few; else 0 (R-DUR-5)."""
    free = datadir.free_space(config().data)
    return max(1, free // 1024**2) if free < datadir.LOW_SPACE else 0


def _noted(event: str, said: str) -> Any:
    answers.note(event)
    return answers.saved(url_for("settings.backups"), said)
