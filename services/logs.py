"""The log: one line per request, who and what and how it ended; never a personal value.

Other people's code formats values into its messages, so of its records only the place is kept; of an
exception the class and the places it passed through, for its message may quote what somebody typed.
"""

import logging
import os
import re
import secrets
import sys
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

NAME = "carnet"
FOREIGN = ("waitress", "werkzeug", "sqlalchemy", "alembic", "py.warnings")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
INCIDENT_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
PLACES = 8
HOME = str(Path(__file__).resolve().parent.parent) + os.sep
CAUSES = 4

log = logging.getLogger(NAME)


def configure() -> None:
    """Send every log record of this process to standard error, one line each."""
    handler = logging.StreamHandler()
    handler.setFormatter(LineFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    log.setLevel(logging.INFO)
    for name in FOREIGN:
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda happened: _uncaught(
        happened.exc_type, happened.exc_value, happened.exc_traceback
    )


def request_line(
    *,
    method: str,
    route: str,
    status: int,
    ms: float,
    user: int | None = None,
    record: int | None = None,
    incident: str = "",
) -> None:
    """Log one answered request; `route` is the pattern of the route, never the path that was asked."""
    line = f"request {method} {route} record={record or '-'} user={user or '-'} status={status} ms={ms:.0f}"
    log.info(line + (f" incident={incident}" if incident else ""))


def new_incident() -> str:
    """A number by which a user names an error and the administrator finds it in the log."""
    return "".join(secrets.choice(INCIDENT_LETTERS) for _ in range(8))


def error(incident: str, exception: BaseException) -> None:
    """Log an unexpected error: its class and the places it passed, never its message."""
    log.error("incident=%s", incident, exc_info=exception)


class LineFormatter(logging.Formatter):
    """Time in UTC, level, message, and the places of an exception, always on one line."""

    def format(self, record: logging.LogRecord) -> str:
        at = (
            datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z")
        )
        if record.name.split(".")[0] == NAME:
            said = record.getMessage()
        else:
            said = f"{record.name} at {record.filename}:{record.lineno} {record.funcName}"
        if record.exc_info and record.exc_info[1] is not None:
            said += " " + describe(record.exc_info[1])
        return f"{at} {record.levelname} {CONTROL.sub(_escaped, said)}"


def describe(exception: BaseException) -> str:
    """The class of an exception and the last places it passed through, then those of its causes."""
    said: list[str] = []
    found: BaseException | None = exception
    while found is not None and len(said) < CAUSES:
        said.append(f"{type(found).__name__} [{' > '.join(_places(found))}]")
        found = found.__cause__ or found.__context__
    return " after ".join(said)


def _places(exception: BaseException) -> list[str]:
    """The last places in Carnet's own code, and where the exception was raised."""
    frames = traceback.extract_tb(exception.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(HOME)][-PLACES:]
    shown = own if not frames or frames[-1] in own else [*own, frames[-1]]
    return [f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno} {frame.name}" for frame in shown]


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _uncaught(kind: type[BaseException], value: Any, _trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    log.critical("uncaught", exc_info=value)
