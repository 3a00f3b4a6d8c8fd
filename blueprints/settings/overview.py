"""The first page of the settings: what is set up, what is left to do, and the way to every page."""

from typing import Any

from flask import render_template

from blueprints.common.access import access
from blueprints.settings import answers, blueprint
from blueprints.settings.backups import config, low_space
from extensions import db
from services import checklist, clock, kept_backups
from services.mail import server


@blueprint.get("")
@access("settings")
def overview() -> Any:
    office = answers.the_office()
    backups = kept_backups.listing(config().data)
    has_mail = server.is_configured(db.session(), config())
    steps = checklist.steps(db.session(), office, clock.today(office), backups, has_mail=has_mail)
    return render_template("settings/overview.html", steps=steps, low_space=low_space(), https=config().https)
