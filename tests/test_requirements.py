"""Every package is pinned, says why it is there, and brings nothing that is not pinned too (R-SEC-4)."""

import re
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HOME = Path(__file__).parent.parent
FILES = ("requirements.txt", "requirements-postgresql.txt", "requirements-dev.txt")


def pins(file: str) -> dict[str, str]:
    lines = (HOME / file).read_text("utf-8").splitlines()
    wanted = [Requirement(line.rstrip(" \\")) for line in lines if re.match(r"[A-Za-z]", line)]
    return {canonicalize_name(one.name): str(one.specifier) for one in wanted}


@pytest.mark.parametrize("file", FILES)
def test_each_package_is_pinned_below_a_line_that_says_why(file: str) -> None:
    above = ""
    for line in (HOME / file).read_text("utf-8").splitlines():
        if re.match(r"[A-Za-z]", line):
            assert re.fullmatch(r"[\w.-]+==[\w.]+( ; .+)?", line)
            assert above.startswith("# ")
            assert above.endswith(".")
        above = line


def test_what_the_packages_need_is_pinned_as_well() -> None:
    pinned = {name for file in FILES for name in pins(file)}
    for name in pinned:
        try:
            needed = metadata.requires(name) or []
        except metadata.PackageNotFoundError:  # for another system, as its marker says
            continue
        for one in map(Requirement, needed):
            if one.marker is None or one.marker.evaluate({"extra": ""}):
                assert canonicalize_name(one.name) in pinned, f"{name} needs {one.name}"


def test_the_checksums_are_of_the_same_versions() -> None:
    assert pins("requirements.lock") == pins("requirements.txt")
