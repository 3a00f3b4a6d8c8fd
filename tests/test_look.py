"""The look: size, origin of the vendored files, htmx 4 spellings, no inline code."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
HTMX2_SPELLINGS = re.compile(
    r"hx-(disabled-elt|disinherit|ext|vars|prompt|request|on)\b|hx-history=|htmx:[a-z]+[A-Z]|hx-\w+=.js:"
)
INLINE_CODE = re.compile(
    r"<style\b|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=[\"']|javascript:", re.IGNORECASE
)
TRIGGER = re.compile(r"hx-trigger=\"([^\"]*)\"")


def test_first_load_of_static_files_is_at_most_40_kb():
    """what a first page loads, compressed."""
    names = ["vendor/htmx.min.js", "carnet.css", "carnet.js", "lookup.js", "icon.svg"]
    size = sum(len(gzip.compress((ROOT / "static" / name).read_bytes(), 9)) for name in names)
    assert size <= 40 * 1024


@pytest.mark.parametrize("folder", ["static/vendor", "tests/vendor"])
def test_vendored_files_are_the_published_ones(folder):
    """Each file named in the README of a vendor folder has the checksum written there."""
    readme = (ROOT / folder / "README.md").read_text()
    rows = re.findall(r"^\| (\S+\.js) \|.*\| ([0-9a-f]{64}) \|$", readme, re.MULTILINE)
    assert rows
    for name, checksum in rows:
        assert hashlib.sha256((ROOT / folder / name).read_bytes()).hexdigest() == checksum


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_templates_hold_no_inline_code_and_no_htmx_2(path):
    """R-WEB-2: the content policy forbids inline code; htmx 2 spellings are ignored."""
    text = path.read_text()
    assert not INLINE_CODE.search(text)
    assert not HTMX2_SPELLINGS.search(text)
    for trigger in TRIGGER.findall(text):
        assert "[" not in re.sub(r"'[^']*'", "", trigger), "a filter would need eval"
        assert not re.search(r"from:(closest|find|next|previous) ", trigger), (
            "quote a selector that has a space"
        )
