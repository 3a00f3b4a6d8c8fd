"""One line of the log for every request: the pattern of its route, never what was asked or typed."""

import time

from flask import Flask, Response, g, request

from services import logs, turns


def install(app: Flask) -> None:
    """Log every answer. Installed first, so that the time covers all checks and the status is the last one."""
    app.before_request(_begin)
    app.after_request(_log)
    app.teardown_request(_end)


def _begin() -> None:
    g.started = time.monotonic()
    turns.begin()


def _log(response: Response) -> Response:
    record = (request.view_args or {}).get("id")
    logs.request_line(
        method=request.method,
        route=request.url_rule.rule if request.url_rule else "-",
        status=response.status_code,
        ms=(time.monotonic() - g.started) * 1000,
        user=g.get("user_id"),
        record=record if isinstance(record, int) else None,
        incident=g.get("incident", ""),
    )
    return response


def _end(_error: BaseException | None) -> None:
    if g.pop("started", None) is not None:
        turns.end()
