"""Documents and logo: what a new one begins with, how invoices are paid, their numbers, the picture."""

import io

import pytest
from sqlalchemy import select

from models import BankAccount, DocumentSeries, NumberSeries, Office, PaymentTerms, TaxGroup
from services import logos
from tests.support import factories as make
from tests.support.client import Client
from tests.support.png import one_colour

URL = "/settings/company/documents"
LOGO = "/settings/company/logo"
# A field of the form beside that of the logo.
FORM = "payment_text"


def test_o9_what_documents_begin_with_and_how_they_are_paid_is_kept(admin, data):
    with data() as session:
        account = make.make_card(session, "bank_account", "Banque Nord", label="Chèques")
        terms = session.scalars(select(PaymentTerms)).first()
        group = session.scalars(select(TaxGroup)).first()
        chosen = {"payment_account_id": account.id, "payment_terms_id": terms.id, "tax_group_id": group.id}
    typed = {name: str(value) for name, value in chosen.items()}
    page = admin.submit(URL, typed | {"payment_text": "Thank you.\n2 % a month after that."}, of=FORM)
    assert "Saved." in page.text
    with data() as session:
        office = session.get_one(Office, 1)
        assert {name: getattr(office, name) for name in chosen} == chosen
        assert office.payment_text == "Thank you.\n2 % a month after that."
    steps = admin.page("/settings").main.text
    assert "Without a logo." in steps


def test_a_blocked_account_and_a_long_text_are_refused(admin, data):
    with data() as session:
        account_id = make.make_card(session, "bank_account", "Banque Nord", blocked=True).id
    page = admin.page(URL)
    form = {name: values[0] for name, values in page.form(of=FORM).values.items()}
    answer = admin.post(URL, form | {"payment_account_id": str(account_id)})
    assert answer.status_code == 422 and "This bank account is blocked" in answer.get_data(as_text=True)
    page = admin.submit(URL, {"payment_text": "x" * 1001}, 422, of=FORM)
    assert "Shorten this text to 1000 characters" in page.text
    assert page.form(of=FORM).values["payment_text"] == ["x" * 1001]


def test_n3_a_series_without_gaps_numbers_nothing_else(admin, data):
    """A quote that took a number and was deleted would leave a gap among the invoices."""
    with data() as session:
        series = {row.kind: row.series_id for row in session.scalars(select(DocumentSeries))}
        contacts = session.get_one(Office, 1).contact_series_id
        typed = NumberSeries(code="TYPED", automatic=False)
        session.add(typed)
        session.flush()
        typed_id = typed.id
    for other in (contacts, series["quote"]):
        page = admin.submit(URL, {"invoice_series_id": str(other)}, 422, of=FORM)
        assert "also numbers something else" in page.text
    page = admin.submit(URL, {"order_series_id": str(typed_id)}, 422, of=FORM)
    assert "The series TYPED gives no numbers itself." in page.text
    shared = {"credit_memo_series_id": str(series["invoice"]), "order_series_id": ""}
    admin.submit(URL, shared, of=FORM)
    with data() as session:
        found = {row.kind: row.series_id for row in session.scalars(select(DocumentSeries))}
        assert (found["credit_memo"], found["order"]) == (series["invoice"], None)
        assert found["quote"] == series["quote"]
    assert "No series for these documents: Orders" in admin.page("/settings").main.text
    assert "Invoices, Credit memos" in admin.page("/settings/number-series").main.text


def test_a_logo_is_uploaded_shown_and_removed(admin, data):
    """O9, R-WEB-10: a picture is known by its content; its name and the type that was said count for nothing."""
    assert admin.get(LOGO).status_code == 404
    assert send(admin, one_colour(), "../../logo.svg", "text/html").status_code == 303
    page = admin.page(URL)
    assert page.main.one("img")["src"] == LOGO
    answer = admin.get(LOGO)
    assert answer.data == one_colour()
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert Client(admin.app, role="clerk").get(LOGO).status_code == 403
    assert "With a logo." not in admin.page("/settings").main.text  # something else is still to do
    admin.read(admin.send(page.form(f"{LOGO}/remove")), LOGO, 303)
    assert admin.get(LOGO).status_code == 404


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Choose a picture."),
        (b"GIF89a" + b"x" * 40, "Choose a PNG or JPEG picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Choose a PNG or JPEG picture"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 40, "Choose a PNG or JPEG picture"),
        (one_colour()[:-30], "This picture is damaged."),
        (one_colour(20_000, 300), "The picture has too many dots."),
        (b"\xff\xd8\xff" + b"x" * logos.MAX_BYTES, "The picture is too large."),
    ],
)
def test_what_is_no_picture_for_a_document_is_refused(admin, data, content, sentence):
    """O9: with a sentence beside the box, and the logo stays as it is."""
    with data() as session:
        logos.set_logo(session.get_one(Office, 1), one_colour())
    answer = send(admin, content, "logo.png", "image/png")
    assert answer.status_code == 422 and sentence in answer.get_data(as_text=True)
    assert admin.get(LOGO).data == one_colour()


def test_an_account_on_invoices_can_be_deleted_like_any_other(admin, data):
    """Invoices then name no account until another one is chosen."""
    with data() as session:
        account = make.make_card(session, "bank_account", "Banque Nord")
        session.get_one(Office, 1).payment_account_id = account.id
        account_id = account.id
    admin.submit(f"/bank-accounts/{account_id}/delete", {})
    with data() as session:
        assert session.get(BankAccount, account_id) is None
        assert session.get_one(Office, 1).payment_account_id is None


def send(client, content, name, media_type):
    upload = (io.BytesIO(content), name, media_type)
    return client.post(LOGO, {"csrf_token": client.csrf_token, "logo": upload})
