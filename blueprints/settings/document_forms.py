"""The forms of what documents begin with, print, and are numbered by."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from sqlalchemy import select
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import InputRequired

from blueprints.common import display, pages
from blueprints.settings.forms import SettingsForm, TypedField, choice, rows_of
from extensions import db
from models import BankAccount, NumberSeries, PaymentTerms, TaxGroup
from services import formats
from services.documents.kinds import KINDS
from services.documents.series import SUFFIX


def _accounts() -> Iterator[tuple[str, str]]:
    """The office's bank accounts that are not blocked."""
    yield "", ""
    query = select(BankAccount.id, BankAccount.no, BankAccount.label, BankAccount.name)
    for id_, no, label, name in db.session.execute(
        query.where(~BankAccount.blocked).order_by(BankAccount.no)
    ):
        yield str(id_), f"{no} – {label or name}"


class DocumentsForm(SettingsForm):
    """What documents begin with, how invoices say that they are paid, and one series for each kind."""

    tax_group_id = choice(_l("Tax group"), rows_of(TaxGroup, "name"))
    payment_terms_id = choice(_l("Payment terms"), rows_of(PaymentTerms, "name"))
    payment_account_id = choice(_l("Bank account on invoices"), _accounts)
    payment_text = TextAreaField(_l("Text below invoices"))


for _kind in KINDS.values():
    setattr(
        DocumentsForm, f"{_kind.name}{SUFFIX}", choice(_kind.plural, rows_of(NumberSeries, "description"))
    )


class LogoForm(FlaskForm):  # type: ignore[misc]
    """A picture. CSRF is checked for every request before the view."""

    class Meta:
        csrf = False

    logo = FileField(_l("Picture"))


class PriceField(TypedField):
    """An amount in the office's currency, with up to four decimals."""

    def read(self, typed: str) -> Decimal | None:
        return formats.parse_decimal(typed, pages.number_locale())

    def show(self, value: Decimal) -> str:
        return formats.format_price(value, "", pages.number_locale())


class ItemForm(SettingsForm):
    """An item."""

    no = StringField(_l("No."), [InputRequired()])
    description = StringField(_l("Description"), [InputRequired()])
    unit = StringField(_l("Unit"))
    unit_price = PriceField(_l("Unit price"))
    cost = PriceField(_l("Cost"))
    tax_group_id = choice(_l("Tax group"), rows_of(TaxGroup, "name"))
    blocked = BooleanField(_l("Blocked: offered for no new line"))

    def as_shown(self, name: str, stored: Any) -> str:
        """A stored value of a field in words."""
        if name == "blocked":
            return _("Yes") if stored else _("No")
        if name == "tax_group_id":
            return display.names("tax_group").get(stored, "–")
        return self[name].show(stored) if isinstance(stored, Decimal) else str(stored or "–")
