"""What can go wrong, named for the fact: a status and a sentence that says what to do next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

# A sentence is a str, or a lazy translation that str() turns into the reader's language.
Sentence = Any
# Where the sentence sends the reader: endpoint, or endpoint with its values, and the words of the link.
LinkTo = tuple[str | tuple[str, Mapping[str, Any]], Sentence]


@dataclass(frozen=True)
class ConflictField:
    """One field that two people changed: what I typed, what is stored now, and who stored it when."""

    name: str
    mine: Any
    theirs: Any
    changed_by: Any = None
    changed_at: Any = None


class CarnetError(Exception):
    """A refusal the user can read: it has an HTTP status and a translated sentence."""

    status = 500
    message: Sentence = _l("Something went wrong. Try again, and tell your administrator if it goes on.")

    def __init__(self, message: Sentence | None = None) -> None:
        super().__init__(message)
        if message is not None:
            self.message = message

    def __str__(self) -> str:
        return str(self.message)


class Invalid(CarnetError):
    """Typed values that cannot be saved: for each field name, its sentences."""

    status = 422
    message = _l("There is a problem")

    def __init__(self, errors: Mapping[str, Sentence | list[Sentence]]) -> None:
        super().__init__()
        self.errors: dict[str, list[Sentence]] = {
            field: list(said) if isinstance(said, (list, tuple)) else [said] for field, said in errors.items()
        }


class Conflict(CarnetError):
    """The save would overwrite values that somebody changed since the form was shown."""

    status = 409
    message = _l("Somebody changed the same fields while you were typing. Choose which values to keep.")

    def __init__(self, fields: Sequence[ConflictField], message: Sentence | None = None) -> None:
        super().__init__(message)
        self.fields = list(fields)


class Refused(CarnetError):
    """The state of a record forbids the action: why, where to go, and the records that stand in the way."""

    status = 409

    def __init__(
        self,
        message: Sentence,
        *,
        link: LinkTo | None = None,
        record: Any = None,
        records: Sequence[Any] = (),
    ) -> None:
        super().__init__(message)
        self.link = link
        self.records = list(records) if record is None else [record, *records]

    @property
    def record(self) -> Any:
        """The first record in the way, or None."""
        return self.records[0] if self.records else None


class AlreadyLinked(Refused):
    """A link exists already on one of the two sides."""


class MissingSetting(Refused):
    """A setting that the action needs is empty."""


class Exhausted(Refused):
    """A number series has no number left."""


class InUse(Refused):
    """Other records still need this one."""


class PrivacyBlocked(Refused):
    """The card, or one linked with it, is blocked for privacy: nothing new is done with it (Y-H8)."""

    code = "privacy_blocked"


class NotFound(CarnetError):
    """No such record, or it was deleted."""

    status = 404
    message = _l("This record does not exist, or it was deleted.")


class Stale(CarnetError):
    """A once-only form came back a second time with other content."""

    status = 409
    message = _l("This form was sent already. Open it again to add another record.")


class TooOften(CarnetError):
    """Too many tries in a short time; retry_after is in seconds."""

    status = 429
    message = _l("Too many tries. Wait a moment, then try again.")

    def __init__(self, retry_after: int, message: Sentence | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Busy(CarnetError):
    """The database does not answer in time."""

    status = 503
    message = _l("Carnet is busy. Nothing was saved; try again in a moment.")
