"""Files to take away: never shown by the browser, under a name that every system takes (R-WEB-10)."""

from urllib.parse import quote

from flask import Response, make_response

from services.mail.letters import file_name


def file(content: bytes, type_: str, name: str) -> Response:
    """The answer that makes the browser keep `content` under a cleaned form of `name`."""
    cleaned = file_name(" ".join(name.split()))
    plain = cleaned.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_").replace("\\", "_")
    response = make_response(content)
    response.headers["Content-Type"] = type_
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(cleaned, safe='')}"
    )
    return response
