"""Documents as PDF: what stands on them, in which language, and that the same document gives the same bytes."""

import dataclasses
import hashlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from config import HOME
from services.printing import typesetting, words
from services.printing.document import Fact, PrintedLine, PrintedOffice
from services.printing.typesetting import FOLDER, FONTS, can_print, make_pdf
from tests.printing.support import LINE, OFFICE, PRINTED, printed
from tests.support import pdf
from tests.support.png import one_colour as png

TITLES = {
    "quote": ("Quote", "Devis"),
    "order": ("Order", "Commande"),
    "blanket_order": ("Blanket order", "Commande ouverte"),
    "service_order": ("Service order", "Commande service"),
    "invoice": ("Invoice", "Facture"),
    "credit_memo": ("Credit memo", "Avoir"),
    "purchase_quote": ("Purchase quote", "Demande de prix"),
    "purchase_order": ("Purchase order", "Commande achat"),
    "purchase_invoice": ("Purchase invoice", "Facture achat"),
    "purchase_credit_memo": ("Purchase credit memo", "Avoir achat"),
}
# Commands of typst, of web pages and of spreadsheets; marks that mean something to one of them; other scripts.
HOSTILE = (
    "#let x = 1", "#{panic(1)}", "#import \"@preview/cetz:0.3.4\"", "#read(\"/etc/passwd\")", "#d.office.name",
    "$x^2$", "@ref", "<label>", "*bold*", "_italic_", "`raw`", "= heading", "- list", "+ item", "/ term: text",
    "// comment", "/* comment */", "\\#", "\\u{41}", "~", "---", "...", "https://example.org", "{\"a\": 1}",
    "]", "[", "}", ")", "'\"", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{7*7}}", "${7*7}",
    "%(page)s", "{page}", "=HYPERLINK(\"x\")", "&lt;", "Ελληνικά", "Русский", "École, œuvre, 12 €",
)  # fmt: skip


@pytest.mark.parametrize("kind", TITLES)
@pytest.mark.parametrize("language", [0, 1])
def test_o8_each_kind_is_called_by_its_name_in_the_language_of_the_customer(kind: str, language: int) -> None:
    """O8, U-X15: title, heads and page number are the customer's, whatever the language on the screen."""
    made = make_pdf(printed(kind=kind, language=("en-CA", "fr-CA")[language]))
    assert made.missing == () and pdf.is_for_archives(made.content)
    (page,) = pdf.pages_of(made.content)
    assert f"{TITLES[kind][language]} INV-2026-00042" in page
    assert ("Unit price", "Prix unitaire")[language] in page
    assert ("Page 1 of 1", "Page 1 sur 1")[language] in page
    for value in (*OFFICE.lines, *PRINTED.recipient, "48 pc", "148.20", "$155.61", "2026-12-22"):
        assert value in page


def test_o8_a_unit_that_begins_with_a_figure_is_not_read_as_part_of_the_quantity() -> None:
    """O8: it has its own column, which a document without units has not."""
    line = dataclasses.replace(LINE, quantity="3", unit="2 kg box")
    for language, (quantity, unit, price) in (
        ("en-CA", ("Quantity", "Unit", "Unit price")),
        ("fr-CA", ("Quantité", "Unité", "Prix unitaire")),
    ):
        page = pdf.words_of(make_pdf(printed(language=language, lines=(line,))).content)
        assert f"{quantity} {unit} {price}" in page and "3 2 kg box 3.25" in page
        bare = printed(language=language, lines=(dataclasses.replace(line, unit=""),))
        assert f"{quantity} {price}" in pdf.words_of(make_pdf(bare).content)


def test_what_only_some_kinds_have_stands_on_these_alone() -> None:
    text = {kind: pdf.words_of(make_pdf(printed(kind=kind)).content) for kind in TITLES}
    assert [kind for kind in text if "Signature" in text[kind]] == ["quote", "service_order"]
    assert [kind for kind in text if "We confirm it" in text[kind]] == ["order"]
    assert words.introduction("invoice", "fr") == ""
    assert "tell us your prices" in text["purchase_quote"]


def test_the_same_document_gives_the_same_bytes_in_another_process() -> None:
    """Nothing of the clock, the machine or the process is in the file."""
    code = (
        "import hashlib; from tests.printing.support import PRINTED;"
        "from services.printing.typesetting import make_pdf;"
        "print(hashlib.sha256(make_pdf(PRINTED).content).hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, check=True)
    again = make_pdf(PRINTED).content
    assert make_pdf(printed(introduction="another one between")).content != again
    assert hashlib.sha256(again).hexdigest() == other.stdout.strip()
    assert make_pdf(PRINTED).content == again


def test_texts_that_look_like_commands_are_shown_as_they_are() -> None:
    """R-WEB-4: in every place of a document."""
    assert len(HOSTILE) == 40
    for text in HOSTILE:
        made = make_pdf(
            printed(
                number=text,
                recipient=(text, text),
                lines=(PrintedLine(text, text, text, text, text, text, text),),
                facts=(Fact(text, text),),
                subject=text,
                introduction=text,
                payment=text,
                footer=text,
            )
        )
        assert made.missing == ()
        assert re.sub(r"\s", "", pdf.text_of(made.content)).count(re.sub(r"\s", "", text)) >= 12, text


def test_texts_that_run_to_the_left_stay_in_their_column() -> None:
    """R-TXT-2: Hebrew and Arabic are printed; nothing beside them is turned round."""
    made = make_pdf(printed(recipient=("שלום עולם", "مرحبا بالعالم")))
    assert made.missing == () and pdf.is_for_archives(made.content)
    assert "Boulangerie" not in pdf.text_of(made.content) and "48 pc" in pdf.text_of(made.content)
    assert any("DejaVu" in font for font in pdf.fonts_of(made.content))


def test_characters_that_no_font_has_are_named() -> None:
    """O8: the document is printed all the same, but it is no archive file then."""
    made = make_pdf(printed(introduction="日本, 👩🚀, 日"))
    assert made.missing == ("日", "本", "👩", "🚀")
    assert not pdf.is_for_archives(made.content)
    assert "48 pc" in pdf.text_of(made.content)


def test_long_words_and_long_lists_stay_on_the_paper() -> None:
    """The head of the table comes again on each page, and the pages are counted."""
    lines = [dataclasses.replace(LINE, description="W" * 200)]
    lines += [PrintedLine(f"Item {at}", "1", "", "1.00", "", "", "1.00") for at in range(80)]
    made = make_pdf(printed(lines=tuple(lines), language="fr-FR"))
    pages = pdf.pages_of(made.content)
    assert len(pages) == 3
    for at, page in enumerate(pages, 1):
        assert f"Page {at} sur 3" in page
        assert "Prix unitaire" in page
        assert ("Facture INV-2026-00042" in page) and (at == 1 or page.startswith("Facture INV-2026-00042"))
    assert "W" * 200 in re.sub(r"\s", "", pages[0])


def test_columns_without_a_value_are_left_out() -> None:
    lines = (PrintedLine("By hand"), PrintedLine("By machine", "2"))
    text = pdf.text_of(make_pdf(printed(lines=lines, sums=())).content)
    assert "Quantity" in text
    assert not any(head in text for head in ("Unit price", "Discount", "Amount", "Total"))


def test_a_draft_says_that_it_is_one() -> None:
    assert "Draft" not in pdf.text_of(make_pdf(PRINTED).content)
    draft = pdf.text_of(make_pdf(printed(number="", draft=True, language="fr-CA")).content)
    assert "Brouillon" in draft and "Facture" in draft


def test_paper_and_place_of_the_address_are_those_of_the_office() -> None:
    sizes = {}
    for country in ("CA", "FR", "DE"):
        office = PrintedOffice("Bureau", country=country)
        sizes[country] = pdf.paper_of(make_pdf(printed(office=office)).content)
    assert sizes == {"CA": (612, 792), "FR": (595, 842), "DE": (595, 842)}


def test_a_logo_is_printed_and_a_broken_one_is_known_before() -> None:
    """PNG or JPEG, known by what it is."""
    office = PrintedOffice("Bureau", logo=png(), country="CA")
    assert pdf.pictures_of(make_pdf(printed(office=office)).content) == 1
    assert pdf.pictures_of(make_pdf(PRINTED).content) == 0
    assert can_print(png()) and can_print(png(1, 500))
    cut_short, nonsense = png(300, 300)[:-40], b"\xff\xd8\xff" + b"x" * 90
    assert not any(map(can_print, (b"", b"GIF89a", b"<svg/>", cut_short, nonsense, png()[:20])))


def test_threads_do_not_disturb_each_other() -> None:
    numbers = [f"INV-{number}" for number in range(24)]
    alone = [make_pdf(printed(number=number)) for number in numbers]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda number: make_pdf(printed(number=number)), numbers)) == alone


def test_a_template_takes_nothing_from_elsewhere() -> None:
    """R-WEB-11: no package, no file but its own and the fonts beside it."""
    for path in FOLDER.glob("*.typ"):
        source = path.read_text("utf-8")
        assert not re.search(r"@preview|@local|read\(|plugin\(|eval\(", source), path.name
        assert set(re.findall(r'#import "([^"]+)"', source)) <= {"letter.typ", "parts.typ"}
    assert set(typesetting._fonts().families()) == {"Source Sans 3", "DejaVu Sans"}


def test_the_fonts_are_those_that_their_list_says() -> None:
    listed = re.findall(r"\| (\S+\.[ot]tf) .* ([0-9a-f]{64}) \|", (FONTS / "README.md").read_text("utf-8"))
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FONTS.glob("*.?tf")}
    assert dict(listed) == found and len(found) == 4
    assert sum(path.stat().st_size for path in FONTS.iterdir()) < 2_500_000
