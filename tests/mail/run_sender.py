"""A process of its own that sends, for tests that kill it: `python -m tests.mail.run_sender DATA [URL]`."""

import sys
import time
from pathlib import Path

from app import create_app
from services.mail.sending import Sender
from tests.support.databases import configuration


def main() -> None:
    """Send until killed."""
    Sender(create_app(configuration(Path(sys.argv[1]), *sys.argv[2:]))).start()
    print("sending", flush=True)
    time.sleep(120)


if __name__ == "__main__":
    main()
