"""The office's first settings, so that everything works at once (rule N6)."""

from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from models import NumberSeries, NumberSeriesLine, Office, PaymentTerms, RelationCode, TaxGroup, TaxRate

SERIES = (
    ("contact", "CONT", "CT{000001}"),
    ("customer", "CUST", "C{00001}"),
    ("vendor", "VEND", "V{00001}"),
    ("bank_account", "BANK", "B{00001}"),
)
CODES = (("customer", "CUST"), ("vendor", "VEND"), ("bank_account", "BANK"))


def first_settings(session: Session, *, name: str, currency: str, language: str, country: str, timezone: str) -> Office:
    """Make the office with number series, relation codes, payment terms and tax groups to begin with."""
    descriptions = {
        "contact": _("Contacts"),
        "customer": _("Customers"),
        "vendor": _("Vendors"),
        "bank_account": _("Bank accounts"),
    }
    series = {
        kind: NumberSeries(
            code=code, description=descriptions[kind], lines=[NumberSeriesLine(pattern=pattern, warn_at=100)]
        )
        for kind, code, pattern in SERIES
    }
    codes = {kind: RelationCode(code=code, description=descriptions[kind]) for kind, code in CODES}
    session.add_all([*series.values(), *codes.values(), RelationCode(code="PRESS", description=_("Press"))])
    session.add_all(_terms())
    session.add_all(_taxes(country))
    session.flush()
    office = Office(id=1, name=name, currency=currency, language=language, country=country, timezone=timezone)
    for kind, one in series.items():
        setattr(office, f"{kind}_series_id", one.id)
    for kind, one_code in codes.items():
        setattr(office, f"{kind}_code_id", one_code.id)
    session.add(office)
    session.flush()
    return office


def _terms() -> list[PaymentTerms]:
    return [
        PaymentTerms(code="NOW", name=_("On receipt"), days=0),
        PaymentTerms(code="30D", name=_("30 days"), days=30),
        PaymentTerms(code="30EOM", name=_("30 days, end of month"), days=30, end_of_month=True),
    ]


def _taxes(country: str) -> list[TaxGroup]:
    """Tax groups of the office's country.

    Sources: GST 5 % (Excise Tax Act, s. 165) and QST 9.975 % (Act respecting the Québec sales tax, s. 16);
    VAT 20, 10, 5.5 and 2.1 % (Code général des impôts, art. 278 to 281 quater). Rates as of 2026.
    """
    if country == "CA":
        gst, qst = ("TPS/GST", Decimal("5")), ("TVQ/QST", Decimal("9.975"))
        return [
            _group("QC", _("Québec: GST and QST"), [gst, qst]),
            _group("CA", _("Canada: GST"), [gst]),
            _group("EXEMPT", _("No tax"), [], _("Not subject to tax")),
        ]
    if country == "FR":
        rates = [("20", "20"), ("10", "10"), ("5.5", "55"), ("2.1", "21")]
        return [
            *(_group(f"TVA{code}", f"TVA {rate} %", [("TVA", Decimal(rate))]) for rate, code in rates),
            _group("EXEMPT", _("No tax"), [], _("Not subject to tax")),
        ]
    return [_group("EXEMPT", _("No tax"), [], _("Not subject to tax"))]


def _group(code: str, name: str, rates: list[tuple[str, Decimal]], exempt_reason: str = "") -> TaxGroup:
    return TaxGroup(
        code=code,
        name=name,
        exempt_reason=exempt_reason,
        rates=[TaxRate(position=at, name=tax, percent=percent) for at, (tax, percent) in enumerate(rates)],
    )
