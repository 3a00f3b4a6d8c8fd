"""The members of the office in tests: one for each role, and a reader who has none."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from werkzeug.security import generate_password_hash

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Person:
    """A user as the template database has it; ids follow the order below, from 1."""

    role: str
    id: int
    name: str

    @property
    def email(self) -> str:
        return f"{self.role}@example.com"

    def columns(self) -> dict[str, Any]:
        """The values of the user's row."""
        rights = {f"is_{role}": self.role == role for role in ("admin", "clerk", "privacy_officer")}
        return {"name": self.name, "email": self.email, "language": "en", "formats": "en_CA", **rights}


PEOPLE = (
    Person("admin", 1, "Alice Admin"),
    Person("clerk", 2, "Claude Clerk"),
    Person("privacy_officer", 3, "Odile Officer"),
    Person("reader", 4, "Rene Reader"),
)
BY_ROLE = {person.role: person for person in PEOPLE}
ROLES = tuple(BY_ROLE)


@cache
def password_hash() -> str:
    """The hash of PASSWORD, made once: the real one is slow on purpose."""
    return generate_password_hash(PASSWORD, "scrypt")
