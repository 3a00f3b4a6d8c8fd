"""Static files: kept by browsers for a year under an address that changes with their content, and compressed."""

import gzip
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request, url_for

COMPRESSED = {".css", ".js", ".svg"}


def install(app: Flask) -> None:
    """Mark addresses with their content's digest, and send text files compressed to browsers that take it."""
    app.url_defaults(_add_version)
    app.after_request(_compress)
    # A page names five files, and they do not change while Carnet runs.
    app.jinja_env.globals["static_url"] = lru_cache(lambda filename: url_for("static", filename=filename))


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static" and "v" not in values:
        path = _path(str(values.get("filename", "")))
        if path is not None:
            values["v"] = _version(str(path), path.stat().st_mtime)


def _compress(response: Response) -> Response:
    if request.endpoint != "static" or response.status_code != 200:
        return response
    path = _path((request.view_args or {}).get("filename", ""))
    if path is None or path.suffix not in COMPRESSED:
        return response
    response.headers["Vary"] = "Accept-Encoding"
    if "gzip" in request.accept_encodings:
        packed = _packed(str(path), path.stat().st_mtime)
        response.direct_passthrough = False
        response.set_data(packed)
        response.headers["Content-Encoding"] = "gzip"
        etag, _weak = response.get_etag()
        response.set_etag(f"{etag}-gzip")
    return response


def _path(filename: str) -> Path | None:
    """The file under static/, or None for a name that leads elsewhere or nowhere."""
    folder = Path(current_app.static_folder or "").resolve()
    path = (folder / filename).resolve()
    return path if path.is_relative_to(folder) and path.is_file() else None


@lru_cache(maxsize=64)
def _version(path: str, _changed: float) -> str:
    return sha256(Path(path).read_bytes()).hexdigest()[:10]


@lru_cache(maxsize=64)
def _packed(path: str, _changed: float) -> bytes:
    return gzip.compress(Path(path).read_bytes(), 9, mtime=0)
