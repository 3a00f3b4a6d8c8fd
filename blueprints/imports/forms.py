"""The forms of an import: the file and how to read it, and what each column is."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, SelectField
from wtforms.validators import AnyOf

from blueprints.common.choice_field import ChoiceField
from services import fields
from services.imports import columns

KINDS = {
    "contacts": ("contact", _l("Contacts")),
    "customers": ("customer", _l("Customers")),
    "vendors": ("vendor", _l("Vendors")),
    "bank-accounts": ("bank_account", _l("Bank accounts")),
    "items": ("item", _l("Items")),
}
AUTO = ("", _l("Detect"))
SEPARATORS = [
    AUTO,
    (",", _l("Comma ,")),
    (";", _l("Semicolon ;")),
    ("\t", _l("Tab")),
    ("|", _l("Bar |")),
]
ENCODINGS = [
    AUTO,
    ("utf-8", "UTF-8"),
    ("utf-16", "UTF-16"),
    ("cp1252", "Windows-1252"),
    ("iso-8859-15", "ISO 8859-15"),
    ("cp850", "DOS 850"),
    ("mac-roman", "Mac Roman"),
]
DECIMALS = [AUTO, (",", _l("Comma: 1234,50")), (".", _l("Point: 1234.50"))]


class ReadingForm(FlaskForm):  # type: ignore[misc]
    """How a text file is to be read; a workbook needs none of it. CSRF is checked before the view."""

    class Meta:
        csrf = False

    separator = SelectField(_l("Separator"), choices=SEPARATORS)
    encoding = SelectField(_l("Encoding"), choices=ENCODINGS)
    decimal = SelectField(_l("Decimal sign"), choices=DECIMALS)

    def options(self) -> dict[str, str | None]:
        """The choices as the reader takes them; None where it is to find out."""
        return {name: self[name].data or None for name in ("separator", "encoding", "decimal")}


class UploadForm(ReadingForm):
    """The first step."""

    kind = RadioField(
        _l("What the file holds"),
        choices=[(word, label) for word, (_kind, label) in KINDS.items()],
        default="customers",
        validators=[AnyOf(list(KINDS), message=_l("Choose what the file holds."))],
    )
    file = FileField(_l("File"), validators=[FileRequired(_l("Choose a file that ends in .csv or .xlsx."))])


class ColumnsForm(FlaskForm):  # type: ignore[misc]
    """What is matched by what; the columns themselves are added by `columns_form`."""

    class Meta:
        csrf = False

    key = RadioField(
        _l("Recognise existing cards by"), choices=list(columns.KEYS.items()), validate_choice=False
    )
    clear = RadioField(
        _l("An empty cell"),
        choices=[
            ("no", _l("leaves the field as it is")),
            ("yes", _l("empties the field of an existing card")),
        ],
        default="no",
    )


def columns_form(kind: str, options: dict[str, Any]) -> ColumnsForm:
    """The second step, with a choice for each column of the file."""
    offered = [("", _l("Do not import")), *((name, fields.label(name)) for name in columns.targets(kind))]
    members: dict[str, Any] = {
        f"column-{position}": ChoiceField(
            header or str(position + 1), choices=offered, default=found, validate_choice=True
        )
        for position, (header, found) in enumerate(zip(options["headers"], options["columns"], strict=True))
    }
    form: ColumnsForm = type("ColumnsOfFile", (ColumnsForm,), members)(
        data={"key": options["key"], "clear": "yes" if options["clear"] else "no"}
    )
    form.key.choices = [choice for choice in columns.KEYS.items() if choice[0] in columns.keys_of(kind)]
    return form
