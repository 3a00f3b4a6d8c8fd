"""What a document comes to: the discount on the whole, each tax on the sum of its lines, and the total."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from models import Document, DocumentLine, Office, TaxGroup, TaxRate
from services.documents.kinds import KINDS
from services.formats import round_money

ZERO = Decimal(0)


@dataclass(frozen=True)
class Tax:
    """One tax with the sum that it is charged on, or a reason why nothing is charged on that sum."""

    name: str
    percent: Decimal
    base: Decimal
    amount: Decimal
    exempt_reason: str = ""


@dataclass(frozen=True)
class Totals:
    """The sums of a document; `untaxed` holds groups of which no percentage applies on its date."""

    lines_total: Decimal
    discount: Decimal
    net: Decimal
    taxes: list[Tax] = field(default_factory=list)
    tax: Decimal = ZERO
    total: Decimal = ZERO
    untaxed: list[TaxGroup] = field(default_factory=list)


def of_document(session: Session, document: Document, office: Office) -> Totals:
    """The sums of an open document by the rates of its date; of an issued one as they were stored."""
    if document.is_issued:
        taxes = [
            Tax(one.name, one.percent, one.base, one.amount, one.exempt_reason) for one in document.taxes
        ]
        discount = document.lines_total - document.net
        return Totals(
            document.lines_total, discount, document.net, taxes, document.tax, document.total, untaxed=[]
        )
    groups = groups_of_lines(session, document, office)
    return compute(
        [(line.amount, groups.get(id(line))) for line in document.lines],
        document.discount_percent,
        document.currency,
        tax_day(session, document),
    )


def groups_of_lines(session: Session, document: Document, office: Office) -> dict[int, TaxGroup]:
    """The tax group of each line, by the id() of the line: its own, the item's, the customer's, the office's."""
    chosen = {id(line): line.tax_group_id or usual_group(document, line, office) for line in document.lines}
    wanted = {group_id for group_id in chosen.values() if group_id is not None}
    if not wanted:
        return {}
    query = select(TaxGroup).where(TaxGroup.id.in_(wanted)).options(selectinload(TaxGroup.rates))
    found = {group.id: group for group in session.scalars(query)}
    return {key: found[group_id] for key, group_id in chosen.items() if group_id in found}


def usual_group(document: Document, line: DocumentLine | None, office: Office) -> int | None:
    """The id of the group that a line has where none is chosen on it: the item's, the customer's, the office's.

    What a credit memo took from an invoice that charged no tax on it has none.
    """
    if line is not None and line.source_line_id is not None and KINDS[document.kind].is_credit:
        return None
    of_item = line.item.tax_group_id if line is not None and line.item is not None else None
    return of_item or getattr(document.customer, "tax_group_id", None) or office.tax_group_id


def compute(
    amounts: Sequence[tuple[Decimal, TaxGroup | None]], discount_percent: Decimal, currency: str, day: date
) -> Totals:
    """The sums of lines, each given by its rounded amount and its tax group (rule O5, R-MON-1).

    A tax is computed once on everything that it is charged on, whichever groups bring it, and rounded half
    up. The discount is spread over the groups so that their sums add up to the net amount exactly.
    """
    sums: dict[int, Decimal] = {}
    groups: dict[int, TaxGroup | None] = {}
    for amount, group in amounts:
        key = group.id if group is not None else 0
        sums[key] = sums.get(key, ZERO) + amount
        groups[key] = group
    lines_total = sum(sums.values(), ZERO)
    net_of_group = _after_discount(sums, discount_percent, currency)
    net = sum(net_of_group.values(), ZERO)
    bases: dict[tuple[str, Decimal, str], Decimal] = {}
    untaxed = []
    for key, base in net_of_group.items():
        group = groups[key]
        if group is None:
            continue
        charged = _charged_by(group, day)
        if not charged:
            untaxed.append(group)
        for tax in charged:
            bases[tax] = bases.get(tax, ZERO) + base
    taxes = [
        Tax(name, percent, base, round_money(base * percent / 100, currency), reason)
        for (name, percent, reason), base in bases.items()
    ]
    tax_total = sum((tax.amount for tax in taxes), ZERO)
    return Totals(lines_total, lines_total - net, net, taxes, tax_total, net + tax_total, untaxed)


def tax_day(session: Session, document: Document) -> date:
    """The day whose percentages count: a credit memo takes back what its invoice charged, whatever came since."""
    if document.source_id is not None and KINDS[document.kind].is_credit:
        return session.get_one(Document, document.source_id).document_date
    return document.document_date


def store(document: Document, totals: Totals) -> None:
    """Keep the sums on the document, for lists."""
    document.lines_total, document.net = totals.lines_total, totals.net
    document.tax, document.total = totals.tax, totals.total


def in_force(rates: Iterable[TaxRate], day: date) -> list[TaxRate]:
    """The percentages that apply on a day, in their order."""
    return [rate for rate in rates if (rate.valid_from or date.min) <= day <= (rate.valid_to or date.max)]


def _charged_by(group: TaxGroup, day: date) -> list[tuple[str, Decimal, str]]:
    """What a group charges on a day: name, percentage and, without taxes, the reason that is printed."""
    if group.exempt_reason:
        return [("", ZERO, group.exempt_reason)]
    return [(rate.name, rate.percent, "") for rate in in_force(group.rates, day)]


def _after_discount(sums: dict[int, Decimal], percent: Decimal, currency: str) -> dict[int, Decimal]:
    """The sums less the discount; the net amount is rounded once, and each group gets its part of it."""
    if not percent:
        return sums
    so_far = net_so_far = ZERO
    after = {}
    for key, amount in sums.items():
        so_far += amount
        net = round_money(so_far * (100 - percent) / 100, currency)
        after[key] = net - net_so_far
        net_so_far = net
    return after
