"""How Carnet is built, read from its source: layers, the doors to cards, templates, and no traces of the work."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from flask import Flask
from jinja2 import meta

from config import HOME
from models import MODELS, Link

LAYERS = ("models", "services", "blueprints")
TOP = ("app", "cli", "config", "extensions", *LAYERS)
# What a layer may import of Carnet, besides itself.
BELOW = {
    "config": set(),
    "extensions": set(),
    "models": {"extensions", "config"},
    "services": {"models", "extensions", "config"},
    "blueprints": {"services", "models", "extensions", "config"},
}
TRANSLATING = {"gettext", "lazy_gettext", "ngettext", "lazy_ngettext", "pgettext"}
GUARDED = {model.__name__ for model in (*MODELS.values(), Link)}
GUARDED_TABLES = {model.__tablename__ for model in (*MODELS.values(), Link)}
# The doors: only here is the tripwire told about a write.
DOORS = {
    "services/records.py",
    "services/making.py",
    "services/new_cards.py",
    "services/deletion.py",
    "services/restoring.py",
    "services/tripwire.py",
}
# Where statements are spelled out, and why.
SPELLED_OUT = {
    "services/database.py": "the search index has no other spelling",
    "services/totals.py": "nor have the triggers that count",
    "services/database_cleaning.py": "nor has putting its pieces together",
    "services/backup.py": "a copy of the database is cleaned of sessions",
    "services/postgres_tools.py": "and so is a restored one",
}
WRITES = re.compile(r"\b(INSERT\s+INTO|REPLACE\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\b")
LONGEST = 420  # lines; a file that grows beyond has two subjects


@cache
def tracked() -> tuple[str, ...]:
    """The files of the repository."""
    listed = subprocess.run(["git", "ls-files"], cwd=HOME, capture_output=True, text=True)
    if listed.returncode == 0 and listed.stdout:
        return tuple(name for name in listed.stdout.splitlines() if (HOME / name).is_file())
    return tuple(
        str(path.relative_to(HOME))
        for path in HOME.rglob("*")
        if path.is_file() and not {".venv", ".git", "instance", "__pycache__"} & set(path.parts)
    )


def sources(*folders: str) -> list[str]:
    return [
        name
        for name in tracked()
        if name.endswith(".py") and (name.split("/")[0].removesuffix(".py") in folders)
    ]


@cache
def tree(name: str) -> ast.Module:
    return ast.parse((HOME / name).read_text("utf-8"), name)


def imports(name: str) -> Iterator[tuple[str, list[str]]]:
    """Every import of a file as (module, names)."""
    package = name.rpartition("/")[0].replace("/", ".")
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, []
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name} imports by dots: write the whole name ({package})"
            yield node.module or "", [alias.name for alias in node.names]


def for_each(names: list[str]) -> Callable[[Callable[[str], None]], Callable[[], None]]:
    """One test for many files: quick, and it names every file that fails."""

    def wrap(check: Callable[[str], None]) -> Callable[[], None]:
        def test() -> None:
            failures = []
            for name in names:
                try:
                    check(name)
                except AssertionError as failure:
                    failures.append(f"{name}: {failure}")
            assert names and not failures, "\n".join(failures)

        test.__doc__ = check.__doc__
        return test

    return wrap


# -- layers ----------------------------------------------------------------------------------------------


@for_each(sources(*BELOW))
def test_imports_go_one_way(name: str) -> None:
    """models ← services ← blueprints ← app.py; extensions and config from anywhere."""
    layer = name.split("/")[0].removesuffix(".py")
    for module, _names in imports(name):
        top = module.split(".")[0]
        if top in (*TOP, "tests") and top != layer:
            assert top in BELOW[layer], f"{name} imports {module}"


@for_each(sources("services", "models", "config"))
def test_services_know_nothing_of_requests(name: str) -> None:
    """They take records and plain values; of Flask's world they may only mark sentences for translation."""
    for module, names in imports(name):
        assert module.split(".")[0] not in (
            "flask",
            "werkzeug",
            "flask_login",
            "flask_wtf",
            "wtforms",
            "jinja2",
        ), module
        if module == "flask_babel":
            assert set(names) <= TRANSLATING, f"{name} imports {names}"
        if module == "extensions" and not name.startswith("models/"):
            assert not set(names) & {"login", "csrf", "babel"}, f"{name} imports {names}"


@for_each(sources("services"))
def test_services_leave_the_transaction_to_the_caller(name: str) -> None:
    """They never commit; those that run transactions of their own are named here."""
    own = {
        "services/database.py",
        "services/demo/__init__.py",
        "services/demo/company.py",
        "services/demo/filling.py",
    }
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
            assert name in own or ast.unparse(node.func.value) not in ("session", "db.session"), (
                f"{name} commits"
            )


@for_each(sources("blueprints"))
def test_a_blueprint_imports_no_other_blueprint(name: str) -> None:
    """What subjects share is in common/."""
    subject = name.split("/")[1]
    for module, names in imports(name):
        parts = module.split(".")
        used = parts[1:2] or (names if module == "blueprints" else [])
        if parts[0] == "blueprints" and name != "blueprints/__init__.py":
            assert set(used) <= {subject, "common"}, f"{name} imports {module} {names}"


def test_privacy_owns_deleting() -> None:
    """Deleting is offered for all kinds of card in one place."""
    users = {
        name
        for name in sources("blueprints")
        for module, names in imports(name)
        if "deletion" in (*names, module)
    }
    assert users and all(name.startswith(("blueprints/privacy/", "blueprints/home/")) for name in users), (
        users
    )


# -- the doors (rule S1) ------------------------------------------------------------------------------------


@for_each(sources("app", "cli", *LAYERS))
def test_no_code_writes_cards_behind_the_tripwire(name: str) -> None:
    """S1: what it cannot see is forbidden: bulk mappings, raw SQL, statements on tables of cards and links."""
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            last = called.rpartition(".")[2]
            assert not last.startswith("bulk_"), f"{name}:{node.lineno} {called}"
            if last in ("insert", "update", "delete") and ".query(" in called + ast.unparse(node):
                raise AssertionError(f"{name}:{node.lineno} writes by a query")
            if called in (
                "insert",
                "update",
                "delete",
                "sa.insert",
                "sa.update",
                "sa.delete",
                "db.update",
                "db.delete",
            ):
                target = ast.unparse(node.args[0])
                assert re.fullmatch(r"[A-Z]\w+", target), (
                    f"{name}:{node.lineno} does not say which table: {target}"
                )
                assert target not in GUARDED, f"{name}:{node.lineno} writes {target}"
            if "tripwire" in called and (last.startswith("announce") or last in ("insert", "update")):
                assert name in DOORS, f"{name}:{node.lineno} opens a door of its own"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and WRITES.search(node.value):
            assert name in SPELLED_OUT, f"{name}:{node.lineno} spells out {node.value[:60]!r}"


@for_each([*SPELLED_OUT])
def test_statements_that_are_spelled_out_touch_no_card(name: str) -> None:
    written = [
        node.value
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and WRITES.search(node.value)
    ]
    for statement in written:
        tables = set(re.findall(r"(?:INTO|UPDATE|FROM)\s+(\w+)", statement))
        assert not tables & GUARDED_TABLES, f"{name}: {statement}"


def test_cards_are_made_by_the_doors_alone() -> None:
    """S1: nothing else calls the classes of cards and links."""
    for name in sources("app", "cli", "services", "blueprints"):
        if name not in DOORS:
            for node in ast.walk(tree(name)):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    assert node.func.id not in GUARDED, f"{name}:{node.lineno} makes a {node.func.id}"


# -- templates ----------------------------------------------------------------------------------------------

# Pages and mails; printed documents are set by typst.
TEMPLATES = [
    name.removeprefix("templates/")
    for name in tracked()
    if name.startswith("templates/") and name.endswith((".html", ".txt"))
]


def test_every_template_parses(app: Flask) -> None:
    for name in TEMPLATES:
        app.jinja_env.get_template(name)


def test_every_template_is_used() -> None:
    """Named by a view, extended, included or imported; an f-string stands for all it can name."""
    used: set[str] = set()
    for name in sources("blueprints"):
        for node in ast.walk(tree(name)):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and node.value.endswith(".html")
            ):
                used.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                used.add(
                    "".join(part.value if isinstance(part, ast.Constant) else "*" for part in node.values)
                )
    for name in TEMPLATES:
        text = (HOME / "templates" / name).read_text("utf-8")
        used |= set(re.findall(r"""(?:extends|include|import|from)\s+["']([^"']+\.html)["']""", text))
        used |= set(re.findall(r"""["']([\w/-]+\.html)["']""", text))
        used |= {
            f"{folder}*.html" for folder in re.findall(r"""["']([\w/-]+/)["']\s*~[^}]*["']\.html["']""", text)
        }
    missing = [
        name
        for name in TEMPLATES
        if not any(fnmatch(name, pattern) for pattern in used if "/" in pattern or pattern == name)
    ]
    assert not missing


def test_every_template_that_is_named_exists(app: Flask) -> None:
    for name in sources("blueprints"):
        for node in ast.walk(tree(name)):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.fullmatch(r"\w[\w/-]+/[\w-]+\.html", node.value)
            ):
                assert node.value in TEMPLATES, f"{name} names {node.value}"
    for name in TEMPLATES:
        parsed = app.jinja_env.parse((HOME / "templates" / name).read_text("utf-8"))
        for other in meta.find_referenced_templates(parsed):
            assert other is None or other in TEMPLATES, f"{name} refers to {other}"


@for_each([name for name in TEMPLATES if Path(name).name.startswith("_")])
def test_a_piece_extends_nothing(name: str) -> None:
    """list.html is a page, _rows.html a piece, and _page.html the frame of several pages."""
    if Path(name).name != "_page.html":
        assert "{% extends" not in (HOME / "templates" / name).read_text("utf-8")


def test_every_static_file_is_used() -> None:
    text = "".join(
        (HOME / name).read_text("utf-8")
        for name in tracked()
        if name.startswith(("templates/", "blueprints/", "static/carnet."))
        and name.endswith((".html", ".py", ".css", ".js"))
    )
    for name in tracked():
        if name.startswith("static/") and name.endswith((".js", ".css", ".svg", ".png", ".woff2")):
            assert name.removeprefix("static/") in text, f"{name} is loaded by nothing"


# -- habits ---------------------------------------------------------------------------------------------------

TEXTS = [
    name
    for name in tracked()
    if name.endswith((".py", ".html", ".md", ".css", ".js", ".toml", ".txt", ".cfg", ".svg"))
    or "." not in Path(name).name
]
TEXTS = [
    name
    for name in TEXTS
    if not name.startswith(("static/vendor/", "tests/vendor/", "tests/data/"))
    and name != "services/common_passwords.txt"
]
# Files that are not here, people who are not its users, and work left for later.
SURROUNDINGS = re.compile(
    r"\bsha" r"red/|(?<![\w.>])/(work|home|Users|tmp)/\w"
    r"|\b(product|architecture|interface|security|privacy)\.md\b|\bdone[- ]when\b"
    r"|\b(Claude Code|ChatGPT|Copilot|language model|AI[- ]generated)\b"
    r"|\b(TO" r"DO|FIX" r"ME|HA" r"CK)\b",
    re.IGNORECASE,
)  # fmt: skip


@for_each(TEXTS)
def test_no_file_speaks_of_its_surroundings(name: str) -> None:
    """A reader has this repository and nothing else, and finds no work left for later in it."""
    if name == "tests/test_architecture.py":
        return
    found = SURROUNDINGS.search((HOME / name).read_text("utf-8"))
    assert found is None, f"{name} says {found.group()!r}" if found else ""


@for_each(sources("app", "cli", "config", "extensions", *LAYERS))
def test_a_source_file_has_a_subject_and_fits_in_the_head(name: str) -> None:
    """A docstring says what it is about, also of every public function; two subjects are two files."""
    module = tree(name)
    assert ast.get_docstring(module) or not module.body, f"{name} does not say what it is about"
    assert len((HOME / name).read_text("utf-8").splitlines()) <= LONGEST
    if name.startswith(("services/", "models/")):
        for node in module.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{name}: {node.name} has no docstring"


def test_every_pinned_package_is_explained_and_pinned() -> None:
    """Pinned with ==, one comment each."""
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-postgresql.txt"):
        lines = (HOME / name).read_text("utf-8").splitlines()
        for before, line in zip(["", *lines], lines, strict=False):
            if line and not line.startswith(("#", "-r")):
                assert re.fullmatch(r"[A-Za-z0-9._\[\]-]+==[\w.]+(\s*;.*)?(\s*#.*)?", line), f"{name}: {line}"
                assert "#" in line or before.startswith("#"), f"{name}: {line} has no comment"
