"""Carnet as `python app.py` serves it, with the floors beside it in the same process."""

import os
import sys
from typing import Any

from flask_babel import force_locale

from app import create_app
from bench.floors import make_floors
from config import Config
from extensions import db
from services import jobs, logs, serving, starting


def main() -> int:
    """Serve until stopped, as `app.main` does."""
    logs.configure()
    config = Config.from_env(os.environ)
    with starting.prepared(config):
        app = create_app(config)
        floors = make_floors(config, app)
        with app.app_context():
            starting.check_settings(db.engine)
        worker = jobs.Worker(app, force_locale)
        worker.start()

        def answer(environ: dict[str, Any], start_response: Any) -> Any:
            chosen = floors if environ["PATH_INFO"].startswith("/floor/") else app
            return chosen(environ, start_response)

        return serving.serve(answer, config, at_stop=[worker.stop])


if __name__ == "__main__":
    sys.exit(main())
