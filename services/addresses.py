"""The names and addresses by which this machine is reached."""

import ipaddress
import re
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

from config import Config, host_name

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
# An address may come later than the start: a cable plugged in, a new lease.
REREAD_SECONDS = 10.0
# Linux lists its own addresses here; elsewhere the machine's name is resolved.
LINUX_IPV4 = Path("/proc/net/fib_trie")
LINUX_IPV6 = Path("/proc/net/if_inet6")

_known: frozenset[str] = frozenset()
_read_at = float("-inf")


def answers_to(config: Config, host: str) -> bool:
    """Whether a Host header names this Carnet; the port does not matter."""
    name = host_name(host)
    if not name:
        return False
    if config.url and name == urlsplit(config.url).hostname:
        return True
    return name in config.hosts if config.hosts else is_own(name)


def is_own(name: str) -> bool:
    """Whether a host name or address, in lower case, is loopback or belongs to this machine."""
    global _known, _read_at
    if name in _known:
        return True
    if time.monotonic() - _read_at > REREAD_SECONDS:
        _read_at = time.monotonic()
        _known = frozenset((*LOOPBACK_NAMES, *machine_names(), *machine_addresses()))
    return name in _known


def machine_names() -> list[str]:
    """The machine's name, alone and as its neighbours find it."""
    name = socket.gethostname().lower()
    short = name.split(".")[0]
    return list(dict.fromkeys((name, short, f"{short}.local"))) if short else []


def machine_addresses() -> list[str]:
    """The addresses of the network cards, loopback and link-local left out."""
    found = _linux_addresses() if LINUX_IPV4.exists() else _resolved_addresses()
    wanted = []
    for text in dict.fromkeys(found):
        address = ipaddress.ip_address(text)
        if not (address.is_loopback or address.is_link_local or address.is_unspecified):
            wanted.append(str(address))
    return wanted


def _linux_addresses() -> list[str]:
    """Read from the kernel, so that nothing is asked of a name server."""
    own = re.findall(r"\|-- ([0-9.]+)\n\s+/32 host LOCAL", LINUX_IPV4.read_text())
    if LINUX_IPV6.exists():
        own += [
            str(ipaddress.IPv6Address(int(line[:32], 16))) for line in LINUX_IPV6.read_text().splitlines()
        ]
    return own


def _resolved_addresses() -> list[str]:
    try:
        answers = socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [str(answer[4][0]).split("%")[0] for answer in answers]
