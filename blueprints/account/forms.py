"""The forms about members of the office."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, Field, PasswordField, StringField
from wtforms.validators import AnyOf, DataRequired, InputRequired, StopValidation

from blueprints.common import pages
from blueprints.common.choice_field import ChoiceField
from services import accounts, formats, passwords, places
from services.text import TextProblem, clean

LANGUAGES = (("en", "English"), ("fr", "Français"))
CHOOSE = _l("Choose one from the list.")
MISSING_PASSWORD = _l("Enter a password of at least 12 characters.")


def checked(check: Callable[[str], str]) -> Callable[[Any, Field], None]:
    """A validator that puts the cleaned value in the field, or the sentence of the TextProblem beside it."""

    def validate(_form: Any, field: Field) -> None:
        try:
            field.data = check(field.data or "")
        except TextProblem as problem:
            raise StopValidation(problem.message) from None

    return validate


def name_field(label: Any, missing: Any) -> StringField:
    """A name that must be given."""
    return StringField(
        label,
        [
            InputRequired(missing),
            checked(lambda value: clean(value, limit=accounts.NAME_LIMIT)),
            DataRequired(missing),
        ],
    )


def email_field(label: Any) -> EmailField:
    """An e-mail address to sign in with."""
    return EmailField(
        label,
        [
            InputRequired(_l("Enter an e-mail address like name@example.com.")),
            checked(accounts.checked_email),
        ],
    )


class AccountForm(FlaskForm):  # type: ignore[misc]
    """A form of these pages. CSRF is checked for every request before the view."""

    class Meta:
        csrf = False

    def set_options(self, **options: Any) -> None:
        """Give lists their options; what was sent must be one of them."""
        for name, choices in options.items():
            self[name].choices = list(choices)
            self[name].validators = [AnyOf([value for value, _label in choices], message=CHOOSE)]

    def add_error(self, name: str, sentence: Any) -> None:
        """Put a sentence beside a field and in the summary."""
        self[name].errors = [*self[name].errors, sentence]

    def check_new_password(self, *, name: str, email: str) -> None:
        """Refuse a new password that is too short, common or the user's own name."""
        try:
            passwords.check(self["password"].data or "", name=name, email=email)
        except TextProblem as problem:
            raise StopValidation(problem.message) from None


class SetupForm(AccountForm):
    """The first start: the company and its first administrator."""

    code = StringField(
        _l("One-time code"), [InputRequired(_l("Enter the code that Carnet printed when it started."))]
    )
    company = name_field(_l("Name of the office"), _l("Enter the name of the office."))
    country = ChoiceField(_l("Country"))
    currency = ChoiceField(_l("Currency"))
    language = ChoiceField(_l("Language"))
    timezone = ChoiceField(_l("Time zone"))
    name = name_field(_l("Your name"), _l("Enter your name."))
    email = email_field(_l("Your e-mail"))
    password = PasswordField(_l("Password"), [InputRequired(MISSING_PASSWORD)])

    def __init__(self, **usual: str) -> None:
        super().__init__(data=usual)
        locale = pages.locale_code()
        self.set_options(
            country=places.country_choices(locale),
            currency=places.currency_choices(locale),
            language=LANGUAGES,
            timezone=places.time_zone_choices(),
        )

    def validate_password(self, _field: Field) -> None:
        self.check_new_password(name=self.name.data or "", email=self.email.data or "")


class LoginForm(AccountForm):
    """Signing in."""

    email = EmailField(_l("E-mail"), [InputRequired(_l("Enter your e-mail address."))])
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password."))])


class ConfirmForm(AccountForm):
    """The password once more, before something sensitive."""

    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password."))])


class ResetForm(AccountForm):
    """Where the link for a forgotten password is mailed to."""

    email = email_field(_l("E-mail"))


class InviteForm(AccountForm):
    """Choosing a password by a one-time link."""

    password = PasswordField(_l("New password"), [InputRequired(MISSING_PASSWORD)])

    def __init__(self, *, name: str, email: str, **more: Any) -> None:
        super().__init__(**more)
        self.owner = (name, email)

    def validate_password(self, _field: Field) -> None:
        self.check_new_password(name=self.owner[0], email=self.owner[1])


class PasswordForm(InviteForm):
    """Changing one's own password."""

    old_password = PasswordField(_l("Present password"), [InputRequired(_l("Enter your present password."))])


class EmailForm(AccountForm):
    """Changing the address one signs in with."""

    email = email_field(_l("E-mail"))
    email_password = PasswordField(_l("Your password"), [InputRequired(_l("Enter your password."))])


class DetailsForm(AccountForm):
    """One's own name, language, formats and keys."""

    name = name_field(_l("Name"), _l("Enter your name."))
    language = ChoiceField(_l("Language"))
    formats = ChoiceField(_l("Numbers and dates"))
    single_keys = BooleanField(_l("Keyboard shortcuts of a single key, such as n or /"))

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.set_options(language=LANGUAGES, formats=format_choices())


class UserForm(AccountForm):
    """A member of the office, as an administrator sees them."""

    name = name_field(_l("Name"), _l("Enter the name."))
    email = email_field(_l("E-mail"))
    language = ChoiceField(_l("Language"))
    clerk = BooleanField(_l("Clerk: creates, changes, imports and deletes cards"))
    privacy_officer = BooleanField(_l("Privacy officer: answers people who ask about their data"))
    admin = BooleanField(_l("Administrator: users, settings and backups, and all that clerks do"))
    active = BooleanField(_l("May sign in"))

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.set_options(language=LANGUAGES)

    @property
    def roles(self) -> list[str]:
        """The roles that are ticked."""
        return [role for role in accounts.ROLES if self[role].data]


def format_choices() -> list[tuple[str, str]]:
    """The formats, each with a day and a number written in it."""
    said = _("%(formats)s: %(day)s, %(amount)s")
    return [
        (
            code,
            said
            % {
                "formats": places.locale_of(code).get_display_name(pages.locale_code().partition("_")[0]),
                "day": formats.format_date(date(2026, 11, 22), code),
                "amount": formats.format_number(Decimal("1234.5"), code, 2),
            },
        )
        for code in formats.LOCALES
    ]
