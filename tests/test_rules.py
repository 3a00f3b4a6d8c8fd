"""The table of rules in docs/rules.md and the tests that name a rule agree."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
TABLE = HOME / "docs" / "rules.md"
BY_CONSTRUCTION = "by construction"
# S3, L10; R-CON-1; U-L1, U-X17; Y-A1.
RULE = re.compile(r"\b(?:[CDILNOQSX]\d{1,2}|R-[A-Z]+-\d+|[UY]-[A-Z]\d+)\b")
# test_s3_…, test_r_con_1_…, test_u_l1_…
IN_NAME = re.compile(r"test_([cdilnoqsx]\d{1,2}|r_[a-z]+_\d+|[uy]_[a-z]\d+)_")
ROW = re.compile(r"\| (\S+) \| (.+?) \| (.+?) \|")


@cache
def rows() -> dict[str, tuple[str, str]]:
    """What holds and where, by rule."""
    found: dict[str, tuple[str, str]] = {}
    for line in TABLE.read_text("utf-8").splitlines():
        row = ROW.fullmatch(line)
        if row and RULE.fullmatch(row[1]):
            assert row[1] not in found, f"{row[1]} stands twice"
            found[row[1]] = (row[2], row[3])
    return found


@cache
def named_by_tests() -> dict[str, set[str]]:
    """The files of tests that name a rule in a docstring, a comment or a test's name, by rule."""
    found: dict[str, set[str]] = {}
    for path in sorted((HOME / "tests").rglob("test_*.py")):
        for text in remarks(path):
            for rule in RULE.findall(text):
                found.setdefault(rule, set()).add(path.relative_to(HOME).as_posix())
    return found


def remarks(path: Path) -> Iterator[str]:
    """What a test file says about itself: docstrings, comments, and the rules that begin names of tests."""
    source = path.read_text("utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            yield ast.get_docstring(node) or ""
        if isinstance(node, ast.FunctionDef) and (named := IN_NAME.match(node.name)):
            yield named[1].upper().replace("_", "-")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def test_the_table_is_read() -> None:
    assert len(rows()) > 100
    assert {"S3", "R-CON-1", "U-X17", "Y-A1"} <= set(rows())


def test_every_rule_that_a_test_names_is_in_the_table() -> None:
    unknown = {rule: files for rule, files in named_by_tests().items() if rule not in rows()}
    assert not unknown, f"add to docs/rules.md: {unknown}"


def test_every_rule_in_the_table_is_named_by_a_test_or_holds_by_construction() -> None:
    untested = [
        rule
        for rule, (_holds, where) in rows().items()
        if rule not in named_by_tests() and BY_CONSTRUCTION not in where
    ]
    assert not untested, f"no test names {untested}"


def test_the_places_of_a_rule_exist() -> None:
    for rule, (_holds, where) in rows().items():
        places = re.findall(r"`([^`]+)`", where)
        assert places, f"{rule} has no place"
        missing = [place for place in places if not (HOME / place).is_file()]
        assert not missing, f"{rule}: there is no {missing}"


def test_rules_are_told_in_one_short_sentence() -> None:
    long = [rule for rule, (holds, _where) in rows().items() if len(holds) > 160]
    assert not long
