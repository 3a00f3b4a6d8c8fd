"""PDFs read back: their text, page by page, and what they declare to be."""

import io

from pypdf import PdfReader


def pages_of(content: bytes) -> list[str]:
    """The text of each page; blanks that do not break are blanks, and places to break a word are nothing."""
    return [_plain(page.extract_text()) for page in PdfReader(io.BytesIO(content)).pages]


def text_of(content: bytes) -> str:
    """The text of all pages."""
    return "\n".join(pages_of(content))


def words_of(content: bytes) -> str:
    """The text on one line, for sentences that were broken where the column ended."""
    return " ".join(text_of(content).split())


def fonts_of(content: bytes) -> set[str]:
    """The families that the pages use, each with its file inside."""
    found = set()
    for page in PdfReader(io.BytesIO(content)).pages:
        for font in page["/Resources"]["/Font"].values():
            descendant = font["/DescendantFonts"][0]
            assert {"/FontFile2", "/FontFile3"} & set(descendant["/FontDescriptor"])
            found.add(str(descendant["/BaseFont"]).partition("+")[2])
    return found


def pictures_of(content: bytes) -> int:
    """How many pictures the first page has."""
    return len(PdfReader(io.BytesIO(content)).pages[0].images)


def paper_of(content: bytes) -> tuple[int, int]:
    """Width and height of the first page in points."""
    box = PdfReader(io.BytesIO(content)).pages[0].mediabox
    return round(box.width), round(box.height)


def is_for_archives(content: bytes) -> bool:
    """Whether the file says of itself that it is PDF/A-2b."""
    metadata = PdfReader(io.BytesIO(content)).xmp_metadata
    said = metadata.stream.get_data().decode("utf-8") if metadata else ""
    return "<pdfaid:part>2</pdfaid:part>" in said and "<pdfaid:conformance>B</pdfaid:conformance>" in said


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u200b", "")
