"""Static files: what the first visit costs, and how long browsers keep them."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

BUDGET = 40 * 1024
FOLDER = Path(__file__).parent.parent / "static"


def _get(app: Flask, path: str, encoding: str = "gzip") -> Any:
    return app.test_client().get(path, headers={"Accept-Encoding": encoding, "Host": "localhost"})


def test_the_first_visit_costs_at_most_40_kb(app: Flask, client_of: Callable[..., Any]) -> None:
    page = _get(app, "/login")
    addresses = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text))
    assert any("htmx" in address for address in addresses)
    sent = [_get(app, address) for address in addresses]
    assert all(answer.status_code == 200 for answer in sent)
    assert sum(len(answer.data) for answer in sent) <= BUDGET


def test_a_compressed_file_is_the_same_file(app: Flask) -> None:
    packed, plain = _get(app, "/static/carnet.css"), _get(app, "/static/carnet.css", "identity")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data == (FOLDER / "carnet.css").read_bytes()
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"


def test_a_file_that_did_not_change_is_not_sent_again(app: Flask) -> None:
    first = _get(app, "/static/carnet.css", "identity")
    again = app.test_client().get(
        "/static/carnet.css", headers={"If-None-Match": first.headers["ETag"], "Host": "localhost"}
    )
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["../config.py", "%2e%2e/config.py", "/etc/passwd", "x.css"])
def test_r_web_10_a_name_that_leads_out_of_the_folder_is_not_found(app: Flask, path: str) -> None:
    answer = _get(app, f"/static/{path}")
    assert answer.status_code in (301, 308, 404)
    assert b"import" not in answer.data
