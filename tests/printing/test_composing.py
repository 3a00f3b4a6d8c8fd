"""From a document to its PDF: everything in the customer's language, and the same bytes for ever once issued."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from models import DOCUMENT_KINDS, BankAccount, Document, PaymentTerms
from services import records
from services.documents import copies, issuing, saving
from services.printing.composing import compose, content_of, locale_for, pdf_of
from services.printing.document import Fact
from tests.documents.support import BY, make_document, office, tax_group
from tests.support import factories as make
from tests.support import pdf
from tests.support.clock import Clock


def boulangerie(session, **values):
    """A customer in Montréal who reads French."""
    return make.make_party(
        session,
        "customer",
        "Boulangerie Côté",
        **{
            "address": "455, avenue du Mont-Royal Est",
            "post_code": "H2J 1W3",
            "city": "Montréal",
            "region": "Québec",
            "country": "CA",
            "language": "fr-CA",
            **values,
        },
    )


def prepare_office(session):
    here = office(session)
    here.name, here.country, here.language = "Atelier Roy inc.", "CA", "en"
    here.vat_no, here.vat_no2 = "123456782RT0001", "1234567890TQ0001"
    here.tax_group_id = tax_group(session, "QUEBEC", ("TPS", "5"), ("TVQ", "9.975")).id
    here.payment_terms_id = session.scalars(select(PaymentTerms.id).where(PaymentTerms.code == "30D")).one()
    account = make.make_card(
        session, "bank_account", "Banque Nord", iban="FR7630006000011234567890189", bic="AGRIFRPP"
    )
    here.payment_account_id, here.payment_text = account.id, "Merci!\nThank you!"
    session.flush()
    return here


def plain(text):
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def texts(facts):
    return {fact.label: plain(fact.value) for fact in facts}


def sums(printed):
    return [(plain(one.label), plain(one.amount)) for one in printed.sums]


def test_o8_an_invoice_says_everything_in_the_language_and_formats_of_its_customer(session, clock: Clock):
    """O8, R-MON-1: the shown sums are the stored ones, each tax with its percentage and what it is on."""
    here = prepare_office(session)
    invoice = make_document(
        session, "invoice", boulangerie(session), ("48", "3.25"), ("1200", "0.0375", "5"), reference="BC-7781"
    )
    issuing.issue(session, invoice, make_pdf=content_of, by=BY)
    printed = compose(session, invoice, here)
    assert printed.language == "fr_CA" and not printed.draft
    assert [plain(line) for line in printed.recipient] == [
        "Boulangerie Côté",
        "455, avenue du Mont-Royal Est",
        "Montréal (Québec) H2J 1W3",
    ]
    assert texts(printed.office.numbers) == {"N° TPS/TVH": "123456782RT0001", "N° TVQ": "1234567890TQ0001"}
    assert texts(printed.facts) | {"Échéance": "15 juill. 2026"} == texts(printed.facts)
    assert texts(printed.facts)["Votre référence"] == "BC-7781"
    first, second = printed.lines
    assert (first.quantity, first.unit_price, first.amount, first.tax) == ("48", "3,25", "156,00", "")
    assert (plain(second.quantity), second.unit_price, plain(second.discount)) == ("1 200", "0,0375", "5 %")
    assert sums(printed) == [
        ("Total avant taxes", "198,75"),
        ("TPS 5 % sur 198,75", "9,94"),
        ("TVQ 9,975 % sur 198,75", "19,83"),
        ("Total", "228,52 $"),
    ]
    assert invoice.total == Decimal("228.52")
    said = plain(printed.payment)
    assert said == "Merci de payer au plus tard le 15 juill. 2026.\nMerci!\nThank you!"
    assert texts(printed.payment_facts) == {
        "Banque": "Banque Nord",
        "IBAN": "FR76 3000 6000 0112 3456 7890 189",
        "BIC": "AGRIFRPP",
        "Référence": invoice.no,
    }
    page = pdf.words_of(issuing.stored_pdf(session, invoice).content)
    for said in (f"Facture {invoice.no}", "TVQ 9,975 % sur 198,75 19,83", "228,52 $", "Merci! Thank you!"):
        assert said in page


def test_several_tax_groups_and_a_discount_are_told_apart(session):
    """O5: each line says what it is taxed by, and a reason why there is no tax is printed."""
    here = prepare_office(session)
    here.country = "FR"
    full, low = tax_group(session, "FULL", ("TVA", "20")), tax_group(session, "LOW", ("TVA", "5.5"))
    none = tax_group(session, "NONE", reason="Exonéré, art. 293 B du CGI")
    buyer = boulangerie(session, country="FR", language="fr-FR", currency="EUR")
    quote = make_document(
        session, "quote", buyer, ("1", "100"), ("1", "50"), ("1", "10"), discount_percent=Decimal(10)
    )
    for line, group in zip(quote.lines, (full, low, none), strict=True):
        saving.save_line(session, quote, line.id, {"tax_group_id": str(group.id)}, by=BY)
    printed = compose(session, quote, here)
    assert [plain(line.tax) for line in printed.lines] == ["20 %", "5,5 %", "–"]
    assert printed.exempt_reasons == ("Exonéré, art. 293 B du CGI",)
    assert sums(printed) == [
        ("Total des lignes", "160,00"),
        ("Remise 10 %", "-16,00"),
        ("Total avant taxes", "144,00"),
        ("TVA 20 % sur 90,00", "18,00"),
        ("TVA 5,5 % sur 45,00", "2,48"),
        ("Total", "164,48 €"),
    ]
    assert printed.draft and printed.payment == "" and printed.payment_facts == ()


def test_r_inv_1_renaming_and_moving_the_customer_leaves_the_issued_pdf_as_it_is(session):
    """R-INV-1, S7, U-D8: byte for byte; the open quote differs from the card by now, and can be refreshed."""
    prepare_office(session)
    buyer = boulangerie(session)
    quote = make_document(session, "quote", buyer)
    invoice = make_document(session, "invoice", buyer)
    issuing.issue(session, invoice, make_pdf=content_of, by=BY)
    before = issuing.stored_pdf(session, invoice).content
    records.save(session, buyer, {"name": "Boulangerie Roy", "city": "Gaspé", "language": "en"}, by=BY)
    office(session).name = "Another office"
    session.flush()
    session.expire_all()
    assert issuing.stored_pdf(session, invoice).content == before
    assert "Boulangerie Côté" in pdf.words_of(before)
    assert {one.name for one in copies.differences(session, quote)} == {"name", "city", "language"}
    assert "Boulangerie Côté" in pdf.words_of(content_of(session, quote))
    saving.refresh(session, quote, by=BY)
    assert "Boulangerie Roy" in pdf.words_of(content_of(session, quote))


@pytest.mark.parametrize("kind", DOCUMENT_KINDS)
def test_every_kind_is_composed_and_printed(session, kind):
    prepare_office(session)
    document = make_document(session, kind, None, requested_date=date(2026, 12, 1))
    found = pdf_of(session, document)
    assert found.missing == () and pdf.is_for_archives(found.content)
    page = pdf.words_of(found.content)
    assert "Buyer Ltd" in page and "Dec 1, 2026" in page
    assert ("Please pay by" in page) == (kind == "invoice")


def test_a_purchase_quote_without_prices_asks_for_them(session):
    here = prepare_office(session)
    asked = compose(session, make_document(session, "purchase_quote", None, ("12", "0")), here)
    assert [(line.quantity, line.unit_price, line.amount) for line in asked.lines] == [("12", "", "")]
    assert asked.sums == ()
    known = compose(session, make_document(session, "purchase_quote", None, ("12", "3")), here)
    assert known.sums and known.lines[0].amount == "36.00"


def test_a_credit_memo_names_its_invoice_and_a_purchase_the_vendors_number(session):
    here = prepare_office(session)
    vendor = make.make_party(session, "vendor", "Supplier Ltd", our_account_no="A-17")
    purchase = make_document(session, "purchase_invoice", vendor, vendor_invoice_no="2026/881")
    facts = texts(compose(session, purchase, here).facts)
    assert (facts["Vendor’s no."], facts["Our account no."]) == ("2026/881", "A-17")
    assert facts["Vendor no."] == vendor.no
    invoice = make_document(session, "invoice")
    issuing.issue(session, invoice, make_pdf=content_of, by=BY)
    memo = make_document(session, "credit_memo", invoice.customer)
    memo.source_id = invoice.id
    assert texts(compose(session, memo, here).facts)["For invoice"] == invoice.no


@pytest.mark.parametrize(
    ("language", "country", "office_language", "wanted"),
    [
        ("fr-CA", "FR", "en", "fr_CA"),
        ("fr", "FR", "en", "fr_FR"),
        ("fr", "DE", "en", "fr_CA"),
        ("en", "", "fr", "en_CA"),
        ("en-GB", "FR", "fr", "en_GB"),
        ("de", "DE", "fr", "fr_CA"),
        ("", "US", "en", "en_US"),
    ],
)
def test_u_x15_the_language_is_the_customers_or_else_the_offices(
    session, language, country, office_language, wanted
):
    here = office(session)
    here.country, here.language = "CA", office_language
    assert locale_for(Document(language=language, country=country), here) == wanted


def test_an_account_without_iban_is_printed_by_its_number(session):
    here = prepare_office(session)
    account = session.get_one(BankAccount, here.payment_account_id)
    records.save(session, account, {"iban": "", "bic": "", "account_no": "003-12345-1234567"}, by=BY)
    printed = compose(session, make_document(session, "invoice", boulangerie(session, language="en")), here)
    assert Fact("Account no.", "003-12345-1234567") in printed.payment_facts
