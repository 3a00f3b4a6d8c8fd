"""The payments of an issued document: registered in parts or whole, and cancelled when entered by mistake (O7)."""

from typing import Any

from flask import Response, redirect, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import select
from wtforms import StringField

from blueprints.common import once, pages
from blueprints.common.access import access
from blueprints.common.card_forms import whole
from blueprints.common.choice_field import ChoiceField
from blueprints.common.plain_forms import PlainForm
from blueprints.documents import asking, blueprint
from blueprints.documents.show import load
from extensions import db
from models import BankAccount, Document
from services import clock, fields, formats, records
from services.documents import payments
from services.errors import Invalid, Refused
from services.text import TextProblem


class PaymentForm(PlainForm):
    """How much, when, how, and through which account of the office."""

    amount = StringField(_l("Amount"))
    date = StringField(_l("Date"))
    method = ChoiceField(_l("Payment method"))
    bank_account_id = ChoiceField(_l("Bank account"))


@blueprint.get("/<document_kind:kind>/<int:id>/payments")
@access("view_documents")
def list_payments(kind: str, id: int) -> Any:
    document = load(kind, id)
    locale, session = pages.number_locale(), db.session()
    open_now = payments.open_amount(session, document)
    today = formats.format_date(clock.today(records.office(session)), locale)
    usual = document.party.payment_method if document.party is not None else ""
    amount = formats.format_price(open_now, document.currency, locale)
    shown = {"amount": amount, "date": today, "method": usual}
    return _page(document, PaymentForm(formdata=None, data=shown))


@blueprint.post("/<document_kind:kind>/<int:id>/payments")
@access("edit_documents")
def pay(kind: str, id: int) -> Any:
    form = PaymentForm()

    def make() -> str:
        document = load(kind, id)
        payments.register(db.session(), document, _values(), by=current_user.id)
        pages.notify(_("The payment is registered."))
        return f"{pages.card_url(document)}/payments"

    try:
        return once.creating(make)
    except Invalid as problem:
        db.session.rollback()
        form.show_errors(problem)
        return _page(load(kind, id), form, 422)
    except Refused as refusal:
        db.session.rollback()
        form.show_errors(Invalid({"": refusal.message}))
        return _page(load(kind, id), form, 409)


@blueprint.post("/<document_kind:kind>/<int:id>/payments/<int:payment_id>/cancel")
@access("edit_documents")
def cancel_payment(kind: str, id: int, payment_id: int) -> Any:
    document = load(kind, id)
    payments.cancel(db.session(), document, payment_id, by=current_user.id)
    pages.notify(_("The payment is cancelled, and counts no more."))
    return redirect(f"{pages.card_url(document)}/payments", 303)


def _values() -> dict[str, Any]:
    """What was typed, read as the user writes numbers and days; raises Invalid."""
    today, locale = clock.today(records.office(db.session())), pages.number_locale()
    found: dict[str, Any] = {"method": request.form.get("method", "")}
    account = request.form.get("bank_account_id", "")
    found["bank_account_id"] = whole(account) if account else None
    errors = {}
    for name in ("amount", "date"):
        typed = request.form.get(name)
        try:
            found[name] = (
                formats.parse_decimal(typed, locale)
                if name == "amount"
                else formats.parse_date(typed, today, locale)
            )
        except TextProblem as problem:
            errors[name] = problem.message
    if errors:
        raise Invalid(errors)
    return found


def _page(document: Document, form: PaymentForm, status: int = 200) -> Response:
    session = db.session()
    try:
        payments.check_issued(document)
    except Refused as refusal:
        return asking.ask("payments", document, status=status, refusal=str(refusal.message))
    form.method.choices = [(key, str(label)) for key, label in fields.PAYMENT_METHODS.items()]
    accounts = session.scalars(
        select(BankAccount).where(BankAccount.blocked.is_(False)).order_by(BankAccount.no)
    )
    form.bank_account_id.choices = [("", ""), *((str(one.id), f"{one.no} {one.name}") for one in accounts)]
    methods = fields.PAYMENT_METHODS | {payments.CREDIT: _("Credit memo")}
    open_now = payments.open_amount(session, document)
    return asking.ask(
        "payments",
        document,
        status=status,
        form=form,
        methods=methods,
        errors=form.problems,
        payments=payments.of_document(session, document),
        open_amount=open_now,
        overdue=payments.is_overdue(document, open_now, clock.today(records.office(session))),
    )
