"""A printed document to begin with."""

import dataclasses
from datetime import date
from typing import Any

from services.printing.document import Fact, PrintedDocument, PrintedLine, PrintedOffice, PrintedSum

OFFICE = PrintedOffice(
    "Atelier Érable inc.",
    ("12, rue des Érables", "Montréal (Québec) H2X 1Y4", "514 555-0142"),
    (Fact("NEQ", "1171234567"), Fact("TPS/GST", "123456789 RT0001")),
    country="CA",
)
LINE = PrintedLine("Pain de campagne", "48", "pc", "3.25", "5 %", "", "148.20")
PRINTED = PrintedDocument(
    kind="invoice",
    language="en-CA",
    number="INV-2026-00042",
    day=date(2026, 11, 22),
    office=OFFICE,
    recipient=("Boulangerie Côté", "455, avenue du Mont-Royal Est", "Montréal (Québec) H2J 1W3"),
    lines=(LINE,),
    sums=(
        PrintedSum("Net", "148.20"),
        PrintedSum("TPS/GST 5% on 148.20", "7.41"),
        PrintedSum("Total", "$155.61", strong=True),
    ),
    facts=(Fact("Date", "2026-11-22"), Fact("Due", "2026-12-22")),
    payment="Please pay by December 22, 2026.",
    payment_facts=(Fact("IBAN", "FR76 3000 6000 0112 3456 7890 189"),),
)


def printed(**changes: Any) -> PrintedDocument:
    """The document with other values."""
    return dataclasses.replace(PRINTED, **changes)
