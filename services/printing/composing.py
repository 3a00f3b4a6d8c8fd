"""From a document to what is printed of it: every value as a text in the language of whom it is for.

Values come from the document's own copy of the party and from the office as it is at this moment. That is
right for what is not issued yet and for the moment of issuing; of an issued document the stored PDF counts.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from babel import localedata
from sqlalchemy.orm import Session

from models import BankAccount, Document, DocumentLine, Office, PaymentTerms, User
from services import formats, postal, records
from services.documents import totals
from services.documents.kinds import of
from services.documents.totals import Totals
from services.printing.document import (
    Fact,
    Pdf,
    PrintedDocument,
    PrintedLine,
    PrintedOffice,
    PrintedSum,
)
from services.printing.typesetting import make_pdf
from services.printing.words import speaker

# The catalogues there are; whoever speaks another language gets the office's.
LANGUAGES = ("en", "fr")


def pdf_of(session: Session, document: Document) -> Pdf:
    """The PDF of a document as it is at this moment, with the characters that cannot be printed."""
    return make_pdf(compose(session, document, records.office(session)))


def content_of(session: Session, document: Document) -> bytes:
    """The bytes of that PDF: what issuing, printing and sending keep."""
    return pdf_of(session, document).content


def compose(session: Session, document: Document, office: Office) -> PrintedDocument:
    """What is printed of a document at this moment; without a number it is marked as a draft."""
    locale = locale_for(document, office)
    found = totals.of_document(session, document, office)
    text, facts = _payment(session, document, office, locale)
    return PrintedDocument(
        kind=document.kind,
        language=locale,
        number=document.no,
        day=document.document_date,
        office=printed_office(office, locale),
        recipient=tuple(_recipient(document, office, locale)),
        subject=document.subject,
        introduction=document.intro,
        facts=tuple(Fact(label, value) for label, value in _facts(session, document, locale) if value),
        lines=tuple(_lines(document, totals.charges_of_lines(session, document, office), locale)),
        sums=() if _asks_for_prices(document) else tuple(_sums(document, found, locale)),
        exempt_reasons=tuple(dict.fromkeys(tax.exempt_reason for tax in found.taxes if tax.exempt_reason)),
        payment=text,
        payment_facts=facts,
        draft=not document.no,
    )


def locale_for(document: Document, office: Office) -> str:
    """The language of the party with the habits of its country, else of the office's: fr_CA, en_CA, fr_FR."""
    spoken, _sign, territory = document.language.replace("-", "_").partition("_")
    if spoken not in LANGUAGES:
        spoken, territory = office.language.replace("-", "_").partition("_")[0], ""
    for place in (territory, document.country, office.country):
        if place and localedata.exists(f"{spoken}_{place}"):
            return f"{spoken}_{place}"
    return spoken


def printed_office(office: Office, locale: str) -> PrintedOffice:
    """The office with its address, numbers and logo."""
    _ = speaker(locale)
    numbers = [(_("SIREN") if office.country == "FR" else _("Registration no."), office.registration_no)]
    for number in (office.vat_no, office.vat_no2):
        if office.country != "CA":
            numbers.append((_("VAT no."), number))
        else:
            numbers.append((_("QST no.") if "TQ" in number else _("GST/HST no."), number))
    reached = " · ".join(filter(None, (office.phone, office.email)))
    lines = (
        *postal.address_lines(office, locale, office.country),
        reached,
        office.website.partition("://")[2],
    )
    return PrintedOffice(
        name=office.name,
        lines=tuple(filter(None, lines)),
        numbers=tuple(Fact(label, value) for label, value in numbers if value),
        logo=office.logo,
        country=office.country,
    )


def _recipient(document: Document, office: Office, locale: str) -> Iterator[str]:
    for name in (document.name, document.name2, document.contact_person):
        if name:
            yield name
    yield from postal.address_lines(document, locale, office.country)


def _facts(session: Session, document: Document, locale: str) -> Iterator[tuple[str, str]]:
    """What stands between the title and the lines; an empty one is left out."""
    _ = speaker(locale)
    kind, is_sale = of(document), of(document).side == "customer"
    yield _("Date"), formats.format_date(document.document_date, locale, "medium")
    if document.kind.endswith("invoice"):
        yield _("Due"), formats.format_date(document.due_date, locale, "medium")
        yield _("Terms"), document.terms or _terms(session, document)
    if document.kind.endswith("quote"):
        yield _("Valid until"), formats.format_date(document.valid_until, locale, "medium")
    yield _("Delivery date"), formats.format_date(document.requested_date, locale, "medium")
    yield _("Your reference"), document.reference
    yield _("Vendor's no."), document.vendor_invoice_no
    if kind.is_credit:
        yield _("For invoice"), _source_no(session, document)
    yield (_("Customer no.") if is_sale else _("Vendor no.")), document.party_no if document.party else ""
    if document.vendor is not None:
        yield _("Our account no."), document.vendor.our_account_no
    if is_sale:
        yield _("Your VAT or GST no."), document.vat_no
    if document.salesperson_id is not None:
        yield _("Your contact"), session.get_one(User, document.salesperson_id).name


def _terms(session: Session, document: Document) -> str:
    terms = session.get(PaymentTerms, document.payment_terms_id) if document.payment_terms_id else None
    return terms.name if terms is not None else ""


def _source_no(session: Session, document: Document) -> str:
    source = session.get(Document, document.source_id) if document.source_id else None
    return source.no if source is not None else ""


def _asks_for_prices(document: Document) -> bool:
    """A purchase quote without prices asks the vendor for them: zeros would say the contrary."""
    return document.kind == "purchase_quote" and not any(line.unit_price for line in document.lines)


def _lines(document: Document, charges: Mapping[int, totals.Charges], locale: str) -> Iterator[PrintedLine]:
    """The lines; each names its percentages when they are not the same for all."""
    marks = {key: _tax_mark(charged, locale) for key, charged in charges.items()}
    differ = len({marks.get(id(line), "") for line in document.lines}) > 1
    without_prices = _asks_for_prices(document)
    for line in document.lines:
        if without_prices:
            yield PrintedLine(line.description, _quantity(line, locale), line.unit)
            continue
        yield PrintedLine(
            description=line.description,
            quantity=_quantity(line, locale),
            unit=line.unit,
            unit_price=formats.format_price(line.unit_price, document.currency, locale),
            discount=_percent(line.discount_percent, locale) if line.discount_percent else "",
            tax=marks.get(id(line), "") if differ else "",
            amount=_amount(line.amount, document.currency, locale),
        )


def _quantity(line: DocumentLine, locale: str) -> str:
    return formats.format_number(_shortest(line.quantity), locale)


def _tax_mark(charged: totals.Charges, locale: str) -> str:
    """What a line is charged, like 20 % or 5 + 9.975 %."""
    percents = [percent for _name, percent, reason in charged if not reason]
    if not percents:
        return "–"
    first = [formats.format_number(_shortest(percent), locale) for percent in percents[:-1]]
    return " + ".join((*first, _percent(percents[-1], locale)))


def _sums(document: Document, found: Totals, locale: str) -> Iterator[PrintedSum]:
    _ = speaker(locale)

    def amount(value: Decimal) -> str:
        return _amount(value, document.currency, locale)

    if document.discount_percent:
        yield PrintedSum(_("Sum of the lines"), amount(found.lines_total))
        label = _("Discount %(percent)s") % {"percent": _percent(document.discount_percent, locale)}
        yield PrintedSum(label, amount(-found.discount))
    charged = [tax for tax in found.taxes if not tax.exempt_reason]
    if charged or document.discount_percent:
        yield PrintedSum(_("Total before tax"), amount(found.net))
    for tax in charged:
        values = {"tax": tax.name, "percent": _percent(tax.percent, locale), "base": amount(tax.base)}
        yield PrintedSum(_("%(tax)s %(percent)s on %(base)s") % values, amount(tax.amount))
    yield PrintedSum(_("Total"), formats.format_money(found.total, document.currency, locale), strong=True)


def _payment(
    session: Session, document: Document, office: Office, locale: str
) -> tuple[str, tuple[Fact, ...]]:
    """How to pay an invoice: until when, what the office says of it, and the account; nothing on other kinds."""
    if document.kind != "invoice":
        return "", ()
    _ = speaker(locale)
    until = ""
    if document.due_date is not None:
        until = _("Please pay by %(day)s.") % {
            "day": formats.format_date(document.due_date, locale, "medium")
        }
    account = session.get(BankAccount, office.payment_account_id) if office.payment_account_id else None
    values: list[tuple[str, str]] = []
    if account is not None:
        number = " · ".join(filter(None, (account.bank_branch_no, account.account_no)))
        values += [(_("Bank"), account.name), (_("IBAN"), _in_fours(account.iban)), (_("BIC"), account.bic)]
        values.append((_("Account no."), "" if account.iban else number))
    if account is not None or office.payment_text:
        values.append((_("Reference"), document.no))
    facts = tuple(Fact(label, value) for label, value in values if value)
    return "\n".join(filter(None, (until, office.payment_text))), facts


def _in_fours(iban: str) -> str:
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def _amount(value: Decimal, currency: str, locale: str) -> str:
    """Without the sign of the currency, which stands beside the total."""
    return formats.format_number(value, locale, formats.money_digits(currency))


def _percent(value: Decimal, locale: str) -> str:
    _ = speaker(locale)
    return _("%(number)s%%") % {"number": formats.format_number(_shortest(value), locale)}


def _shortest(value: Decimal) -> Decimal:
    """The same number without zeros at its end: 48 for 48.0000."""
    return Decimal(f"{value.normalize():f}")
