"""The certificate of an erasure on paper: the office's letterhead, numbers and days, nothing of the person."""

from collections.abc import Iterator
from datetime import date

from flask_babel import gettext as _

from models import Office, PrivacyErasure, PrivacyRequest
from services import clock, formats
from services.documents.kinds import KINDS
from services.printing.composing import printed_office
from services.printing.document import Fact, PrintedDocument, PrintedLine
from services.printing.typesetting import make_pdf
from services.privacy import erasing_words


def make(erasure: PrivacyErasure, asked: PrivacyRequest, office: Office, *, locale: str, day: date) -> bytes:
    """The PDF, in the language of whoever asks for it."""
    done = clock.local(erasure.at, office).date()
    facts = [
        Fact(_("Received"), formats.format_date(asked.received_on, locale, "medium")),
        Fact(_("Erased"), formats.format_date(done, locale, "medium")),
    ]
    remarks = [*erasing_words.sentences(erasure.report, locale), *_laws(erasure, locale)]
    printed = PrintedDocument(
        kind="erasure",
        language=locale,
        number=asked.no,
        day=day,
        office=printed_office(office, locale),
        recipient=(),
        lines=tuple(_lines(erasure, locale)),
        facts=tuple(facts),
        exempt_reasons=tuple(remarks),
        footer=_("SHA-256 of the report: %(digest)s", digest=erasure.sha256),
    )
    return make_pdf(printed).content


def _lines(erasure: PrivacyErasure, locale: str) -> Iterator[PrintedLine]:
    report = erasure.report
    for card in report["cards"]:
        yield PrintedLine(erasing_words.of_card(card), "1")
    for label, count in erasing_words.counts(report["removed"]):
        yield PrintedLine(_("Deleted: %(what)s", what=label), str(count))
    for label, count in erasing_words.counts(report["emptied"]):
        yield PrintedLine(_("Emptied: %(what)s", what=label), str(count))
    for kept in report["kept"]:
        name = _("%(kind)s %(no)s", kind=KINDS[kept["kind"]].label, no=kept["no"])
        until = (
            formats.format_date(date.fromisoformat(kept["until"]), locale, "medium") if kept["until"] else "–"
        )
        yield PrintedLine(_("Kept: %(what)s, until %(day)s", what=name, day=until), "1")


def _laws(erasure: PrivacyErasure, locale: str) -> Iterator[str]:
    for law in erasing_words.laws(erasure.report):
        day = formats.format_date(law.read_on, locale, "medium")
        yield _("What is kept is kept by law: %(text)s (read on %(date)s).", text=law.text, date=day)
