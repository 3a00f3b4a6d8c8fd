"""A process of its own with the worker, for tests that kill it: `python -m tests.imports.run_worker DATA [URL]`."""

import sys
import time
from pathlib import Path

from flask_babel import force_locale

from app import create_app
from services import jobs
from tests.support.databases import configuration


def main() -> None:
    """Work until killed."""
    app = create_app(configuration(Path(sys.argv[1]), *sys.argv[2:]))
    jobs.Worker(app, force_locale).start()
    print("working", flush=True)
    time.sleep(120)


if __name__ == "__main__":
    main()
