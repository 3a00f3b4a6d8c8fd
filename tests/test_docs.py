"""The guides: their links and pictures exist, and both languages tell the same."""

import re
from pathlib import Path

import pytest

from tests import pictures

HOME = Path(__file__).resolve().parent.parent
DOCS = HOME / "docs"
PAGES = (HOME / "README.md", *sorted(DOCS.rglob("*.md")))
PICTURES = sorted((DOCS / "pictures").glob("*.png"))
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in links, as GitHub makes them."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(page.read_text("utf-8")))
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HOME)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for _picture, _text, target in LINK.findall(page.read_text("utf-8")):
        if "://" in target:
            continue
        path, _hash, anchor = target.partition("#")
        wanted = (page.parent / path).resolve() if path else page
        assert wanted.is_file(), f"{target} is missing"
        assert not anchor or anchor in anchors(wanted), f"{target} names no heading"


def test_every_picture_is_small_and_drawn_by_make_pictures() -> None:
    drawn = {f"{name}{way.suffix}.png" for name, _draw, ways in pictures.PICTURES for way in ways}
    assert {picture.name for picture in PICTURES} == drawn
    assert all(picture.stat().st_size < pictures.LARGEST for picture in PICTURES)


def test_every_picture_shown_is_described() -> None:
    for page in PAGES:
        for picture, text, target in LINK.findall(page.read_text("utf-8")):
            assert text or not picture, f"{target} has no description on {page.name}"


@pytest.mark.parametrize("name", ["guide.md", "administration.md"])
def test_both_languages_tell_the_same(name: str) -> None:
    english, french = (DOCS / name).read_text("utf-8"), (DOCS / "fr" / name).read_text("utf-8")
    assert len(HEADING.findall(english)) == len(HEADING.findall(french))
    assert pictures_of(english) == [name.replace("-fr", "-en") for name in pictures_of(french)]
    assert english.count("\n| ") == french.count("\n| ")


def pictures_of(text: str) -> list[str]:
    return [Path(target).name for picture, _text, target in LINK.findall(text) if picture]
