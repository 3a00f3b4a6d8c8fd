"""The list of addresses with their permissions.

python -m tests.support.routes > tests/route_list.txt
"""

import tempfile
from pathlib import Path

from flask import Flask

LIST = Path(__file__).parent.parent / "route_list.txt"


def listed(app: Flask) -> str:
    """One line for each address and method: method, address, endpoint, permission."""
    rows = []
    for rule in app.url_map.iter_rules():
        declared = getattr(app.view_functions[rule.endpoint], "access", None)
        permission = declared.permission if declared is not None else "open"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            rows.append((str(rule).replace("'", ""), method, rule.endpoint, permission))
    return "".join(
        f"{method:5}{permission + ' ':14}{endpoint:32}{rule}\n"
        for rule, method, endpoint, permission in sorted(rows)
    )


def cells() -> list[tuple[str, str, str, str]]:
    """The lines of the list as (method, permission, endpoint, address)."""
    found = []
    for line in LIST.read_text().splitlines():
        method, permission, endpoint, rule = line.split(maxsplit=3)
        found.append((method, permission, endpoint, rule))
    return found


def main() -> None:
    from app import create_app
    from tests.support.databases import Databases

    folder = Path(tempfile.mkdtemp())
    print(listed(create_app(Databases(folder).renewed("sqlite"))), end="")


if __name__ == "__main__":
    main()
