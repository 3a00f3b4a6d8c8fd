"""Carnet: an address book that stays in step with customers, vendors and bank accounts."""

import os
import sys
import tempfile
from collections.abc import Sequence

from flask import Flask
from flask_babel import force_locale

import cli
import models  # noqa: F401  every table is known before the first query
from blueprints import register_blueprints
from blueprints.common import (
    access,
    card_templates,
    errors,
    frame,
    headers,
    language_templates,
    pages,
    pieces,
    request_log,
    static_files,
)
from config import Config, StartRefused
from extensions import db, migrate
from models import User
from services import database, datadir, demo, jobs, logs, serving, starting, translations, tripwire
from services.mail import sending


def create_app(config: Config | None = None) -> Flask:
    """The application for a configuration; without one, for the environment."""
    config = config or Config.from_env(os.environ)
    datadir.prepare(config.data)
    translations.compile_changed()
    app = Flask(__name__)
    app.config.update(config.flask_settings(datadir.secret_key(config.data, config.secret_key)))
    app.jinja_environment = language_templates.LanguageEnvironment  # type: ignore[assignment]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    db.init_app(app)
    migrate.init_app(app, db, render_as_batch=True)
    with app.app_context():
        database.configure(db.engine)
    tripwire.install()
    request_log.install(app)
    access.install(app)
    headers.install(app)
    static_files.install(app)
    errors.install(app)
    pages.install(app)
    pieces.install(app)
    frame.install(app)
    card_templates.install(app)
    register_blueprints(app)
    cli.register(app)
    access.check_routes(app)
    return app


def main(args: Sequence[str]) -> int:
    """Serve until stopped; returns the exit code."""
    logs.configure()
    try:
        config = Config.from_env(os.environ, args)
        with starting.prepared(config):
            # What is written in passing holds people's data too: it stays where only this user reads it, and
            # where the next start finds and removes what a crash left.
            tempfile.tempdir = str(datadir.temp(config.data))
            app = create_app(config)
            with app.app_context():
                starting.check_settings(db.engine)
                starting.check_privacy(db.engine)
            if config.demo:
                demo.prepare(app)
            worker = jobs.Worker(app, force_locale)
            worker.start()
            sender = sending.Sender(app)
            sender.start()
            code = "" if _has_users(app) else datadir.setup_code(config.data, config.setup_code)
            return serving.serve(
                app, config, setup_code=code, at_stop=[sender.stop, worker.stop, lambda: _checkpoint(app)]
            )
    except StartRefused as refusal:
        print(refusal.sentence, file=sys.stderr)
        return refusal.exit_code


def _has_users(app: Flask) -> bool:
    with app.app_context():
        return db.session.query(User.id).first() is not None


def _checkpoint(app: Flask) -> None:
    with app.app_context():
        database.checkpoint(db.engine)
        db.session.remove()
        db.engine.dispose()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
