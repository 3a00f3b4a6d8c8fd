"""Carnet answers to its own names only, and builds no address from the one that was asked (R-WEB-7)."""

import pytest
from flask import Flask

from tests.security.conftest import Raw
from tests.support.asking import assert_security_headers
from tests.support.client import Client
from tests.support.world import World


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "evil.example:80",
        "localhost@evil.example",
        "",
        "localhost, evil.example",
        "127.1",
    ],
)
def test_a_foreign_host_is_400(app: Flask, world: World, host: str) -> None:
    """R-WEB-7: pages, files and posts alike."""
    client = Client(app, role="admin")
    for url in ("/", "/login", "/healthz", "/static/carnet.css", "/contacts/1"):
        response = client.get(url, headers={"Host": host})
        assert response.status_code == 400, f"{url}: {response.status_code}"
        assert_security_headers(response)
        assert host == "" or host not in response.get_data(as_text=True)


def test_no_address_is_built_from_the_host(app: Flask, world: World) -> None:
    """R-WEB-7: redirects and links are paths."""
    client = Client(app, role="admin")
    response = client.get(
        "/login", headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    )
    assert "evil" not in response.get_data(as_text=True) + str(response.headers)
    for url in ("/", "/contacts", f"/contacts/{world.ids['contacts']}"):
        assert "http://localhost" not in client.page(url).markup
    response = Client(app).get("/contacts?q=a")
    assert response.location.startswith("/login?next=")


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /login HTTP/1.1\nHost: evil.example\n",
        b"GET /login HTTP/1.1\nHost: localhost\nHost: evil.example\n",
        b"GET /login HTTP/1.1\nHost: evil.example\nHost: localhost\n",
        b"GET http://evil.example/login HTTP/1.1\nHost: evil.example\n",
        b"GET //evil.example/login HTTP/1.1\nHost: evil.example\n",
        b"GET /login HTTP/1.1\n",
    ],
)
def test_forged_hosts_on_the_wire_are_400(raw: Raw, world: World, request_: bytes) -> None:
    """R-WEB-7: through the real server, also two Host headers, an absolute target, and no host at all."""
    answer = raw(request_ + b"Connection: close\n\n")
    assert answer.split(b"\r\n")[0].startswith(b"HTTP/1.1 400"), answer[:200]
    assert b"evil.example" not in answer


def test_an_absolute_target_does_not_name_the_host(raw: Raw, world: World) -> None:
    """R-WEB-7: what stands in the target leads nowhere else than the Host header."""
    answer = raw(b"GET http://evil.example/contacts HTTP/1.1\nHost: localhost\nConnection: close\n\n")
    status = answer.split(b"\r\n")[0]
    assert status.startswith((b"HTTP/1.1 302", b"HTTP/1.1 400")), status
    assert b"evil.example" not in answer and b"http://" not in answer.split(b"\r\n\r\n")[0]
