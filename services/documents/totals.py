"""What a document comes to: the discount on the whole, each tax on the sum of its lines, and the total."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from models import Document, DocumentLine, Office, TaxGroup, TaxRate
from services.documents.kinds import KINDS
from services.formats import round_money

ZERO = Decimal(0)
# What a tax group charges: name and percentage of each tax or, without any, the reason that is printed.
Charges = list[tuple[str, Decimal, str]]


@dataclass(frozen=True)
class Tax:
    """One tax with the sum that it is charged on, or a reason why nothing is charged on that sum.

    `group_ids` names the tax groups that bring it, while the sums are computed.
    """

    name: str
    percent: Decimal
    base: Decimal
    amount: Decimal
    exempt_reason: str = ""
    group_ids: tuple[int, ...] = ()


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
        document.document_date,
        charges_of_invoice(session, document, groups.values()),
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


def charges_of_lines(session: Session, document: Document, office: Office) -> dict[int, Charges]:
    """What each line is charged, by the id() of the line."""
    groups = groups_of_lines(session, document, office)
    invoiced = charges_of_invoice(session, document, groups.values())
    day = document.document_date
    return {key: invoiced.get(group.id) or charges_on(group, day) for key, group in groups.items()}


def usual_group(document: Document, line: DocumentLine | None, office: Office) -> int | None:
    """The id of the group that a line has where none is chosen on it: the item's, the customer's, the office's.

    What a credit memo took from an invoice that charged no tax on it has none.
    """
    if line is not None and line.source_line_id is not None and KINDS[document.kind].is_credit:
        return None
    of_item = line.item.tax_group_id if line is not None and line.item is not None else None
    return of_item or getattr(document.customer, "tax_group_id", None) or office.tax_group_id


def compute(
    amounts: Sequence[tuple[Decimal, TaxGroup | None]],
    discount_percent: Decimal,
    currency: str,
    day: date,
    charged: Mapping[int, Charges] | None = None,
) -> Totals:
    """The sums of lines, each given by its rounded amount and its tax group (rule O5, R-MON-1).

    `charged` says what some groups charge, by their ids; the others charge what applies on the day.

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
    bases: dict[tuple[str, Decimal, str], dict[int, Decimal]] = {}
    untaxed = []
    for key, base in net_of_group.items():
        group = groups[key]
        if group is None:
            continue
        charges = (charged or {}).get(key) or charges_on(group, day)
        if not charges:
            untaxed.append(group)
        for tax in charges:
            bases.setdefault(tax, {})[key] = base
    taxes = []
    for (name, percent, reason), of_groups in bases.items():
        base = sum(of_groups.values(), ZERO)
        amount = round_money(base * percent / 100, currency)
        taxes.append(Tax(name, percent, base, amount, reason, tuple(of_groups)))
    tax_total = sum((tax.amount for tax in taxes), ZERO)
    return Totals(lines_total, lines_total - net, net, taxes, tax_total, net + tax_total, untaxed)


def charges_of_invoice(
    session: Session, document: Document, groups: Iterable[TaxGroup]
) -> dict[int, Charges]:
    """What each group charged on the invoice that a credit memo takes back, whatever came since."""
    if document.source_id is None or not KINDS[document.kind].is_credit:
        return {}
    invoice = session.get_one(Document, document.source_id)
    found = {group.id: charges_on(group, invoice.document_date) for group in groups}
    kept: dict[int, Charges] = {}
    for tax in invoice.taxes:
        for group_id in tax.tax_group_ids or ():
            kept.setdefault(group_id, []).append((tax.name, tax.percent, tax.exempt_reason))
    return found | kept


def store(document: Document, totals: Totals) -> None:
    """Keep the sums on the document, for lists."""
    document.lines_total, document.net = totals.lines_total, totals.net
    document.tax, document.total = totals.tax, totals.total


def in_force(rates: Iterable[TaxRate], day: date) -> list[TaxRate]:
    """The percentages that apply on a day, in their order."""
    return [rate for rate in rates if (rate.valid_from or date.min) <= day <= (rate.valid_to or date.max)]


def charges_on(group: TaxGroup, day: date) -> Charges:
    """What a group charges on a day."""
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
