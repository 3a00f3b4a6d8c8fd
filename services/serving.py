"""Serve on the office network, say where, and stop without losing a running request."""

import errno
import logging
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server

from config import Config, StartRefused
from services import addresses, logs

STOP_SECONDS = 20
SWITCH_SECONDS = 0.001
EVERYWHERE = ("0.0.0.0", "::", "*")
# waitress's defaults let one PC with a hundred idle sockets stop the office.
SERVER = {
    "threads": 8,
    "connection_limit": 1000,
    "channel_timeout": 20,
    "cleanup_interval": 5,
    "asyncore_use_poll": True,
    "max_request_body_size": 12 * 1024 * 1024,
    "ident": None,
    "clear_untrusted_proxy_headers": True,
}
# Windows has no poll(), and select() takes about 500 sockets there.
ON_WINDOWS = {"connection_limit": 400, "asyncore_use_poll": False}

log = logging.getLogger("carnet")


def serve(
    app: Any, config: Config, *, setup_code: str = "", at_stop: Sequence[Callable[[], None]] = ()
) -> int:
    """Answer requests until told to stop; returns the exit code, 4 when a last act failed.

    Raises StartRefused for a port that is taken.
    """
    # A page asks the database a dozen times, and after each answer waits so long for the thread that works meanwhile.
    sys.setswitchinterval(SWITCH_SECONDS)
    sockets: dict[int, Any] = {}
    server = _server(app, config, sockets)
    port = int(next(one for one in sockets.values() if isinstance(one, BaseWSGIServer)).effective_port)
    stopping = _stop_on_signals(sockets)
    _announce(config, port, setup_code)
    while not stopping:
        _turn(sockets)
    log.info("stopping")
    _finish(sockets)
    server.task_dispatcher.shutdown(timeout=1)
    wasyncore.close_all(sockets)
    failed = [act for act in at_stop if not _done(act)]
    log.info("stopped")
    return 4 if failed else 0


def sites(config: Config, port: int) -> list[str]:
    """The addresses to open in a browser, the one that users know first."""
    scheme = "https" if config.https else "http"
    if config.hosts:
        names = list(config.hosts)
    elif config.host not in EVERYWHERE:
        names = [config.host]
    else:
        version = ":" if config.host == "::" else "."
        names = ["localhost", *(name for name in addresses.machine_addresses() if version in name)]
    found = [f"{scheme}://{f'[{name}]' if ':' in name else name}:{port}" for name in names]
    return list(dict.fromkeys([config.url, *found] if config.url else found))


def _done(act: Callable[[], None]) -> bool:
    """Whether a last act succeeded; one that fails does not keep the others from being done."""
    try:
        act()
    except Exception as error:
        logs.error(logs.new_incident(), error)
        return False
    return True


def _server(app: Any, config: Config, sockets: dict[int, Any]) -> Any:
    proxy = {}
    if config.proxy:
        # Only who asks is taken from the proxy; the scheme comes from the configuration.
        proxy = {
            "trusted_proxy": config.proxy,
            "trusted_proxy_count": 1,
            "trusted_proxy_headers": "x-forwarded-for",
        }
    settings: dict[str, Any] = SERVER | (ON_WINDOWS if sys.platform == "win32" else {}) | proxy
    settings["url_scheme"] = "https" if config.https else "http"
    try:
        return create_server(app, map=sockets, host=config.host, port=config.port, **settings)
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise StartRefused(
                f"Port {config.port} is used by another program. Choose another with CARNET_PORT."
            ) from error
        raise StartRefused(
            f"Carnet cannot listen on {config.host}, port {config.port}. Check CARNET_HOST and CARNET_PORT."
        ) from error


def _stop_on_signals(sockets: dict[int, Any]) -> list[int]:
    """A list that is empty until somebody asks to stop; a second Ctrl+C ends at once."""
    asked: list[int] = []

    def stop(number: int, _frame: Any) -> None:
        asked.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return asked


def _turn(sockets: dict[int, Any]) -> None:
    """Let the server handle what arrived, or wait a moment for it."""
    wasyncore.loop(timeout=1, map=sockets, use_poll=SERVER["asyncore_use_poll"], count=1)


def _finish(sockets: dict[int, Any]) -> None:
    """Take no new work, and wait until the running requests are answered, at most 20 seconds."""
    for listening in [one for one in sockets.values() if isinstance(one, BaseWSGIServer)]:
        # The trigger must stay: by it the threads say that an answer is ready.
        wasyncore.dispatcher.close(listening)
    until = time.monotonic() + STOP_SECONDS
    while time.monotonic() < until:
        open_ones = [one for one in sockets.values() if isinstance(one, HTTPChannel)]
        if not open_ones:
            return
        for channel in open_ones:
            if not channel.requests and not channel.total_outbufs_len:
                channel.handle_close()
        _turn(sockets)


def _announce(config: Config, port: int, setup_code: str) -> None:
    where = sites(config, port)
    print("Carnet is running. Open it in a browser at one of these addresses:", *where, sep="\n  ")
    if setup_code:
        print(f"First start: open {where[0]}/setup and enter the one-time code  {setup_code}")
    if not config.https and config.host not in ("127.0.0.1", "::1", "localhost"):
        print("Without https, others on this network can read what passes. The README shows how to add it.")
    print("Stop with Ctrl+C.", flush=True)
