"""Which passwords are allowed, and how they are kept (R-AUTH-2)."""

import hashlib

import pytest

from services import passwords
from services.text import TextProblem

WHO = {"name": "Zoé Caron", "email": "zoe.caron@atelier-roy.example"}


@pytest.mark.parametrize(
    "password",
    [
        "vert cheval lampe",
        "correct horse battery",
        "            x",
        "ünïcödé ist schön",
        "😀🎉🚀🌍🍎🐱🎸🏠🌙⭐🔥💧",
        "x9" * 64,
        "only small letters here",
    ],
)
def test_length_is_the_only_rule_of_composition(password: str) -> None:
    passwords.check(password, **WHO)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("elevenchars", "at least 12"),
        ("", "at least 12"),
        ("x9" * 64 + "y", "at most 128"),
        ("zoe.caron@atelier-roy.example", "not your name"),
        ("ZoeCaron1234", "not your name"),
        ("carnet-carnet", "not your name"),
        ("Carnet Zoé Caron", "not your name"),
        ("password1234", "common"),
        ("Pa55word2024!", "common"),
        ("123456789012", "common"),
        ("qwertyuiop12", "common"),
        ("azertyuiop2026", "common"),
        ("passwordpassword", "common"),
        ("Motdepasse 123!", "common"),
        ("iloveyou1234", "common"),
        ("aaaaaaaaaaaa", "common"),
        ("abcdefghijklm", "common"),
        ("1q2w3e4r5t6y", "common"),
    ],
)
def test_what_is_short_long_common_or_ones_own_name_is_refused(password: str, said: str) -> None:
    with pytest.raises(TextProblem, match=said):
        passwords.check(password, **WHO)


def test_the_hash_names_its_method_and_has_a_salt_of_its_own() -> None:
    first, second = passwords.hashed("vert cheval lampe"), passwords.hashed("vert cheval lampe")
    assert first.startswith("scrypt:") and first != second
    assert len(first) <= 255
    assert passwords.matches("vert cheval lampe", first)
    assert not passwords.matches("vert cheval lamp", first)
    assert not passwords.matches("vert cheval lampe ", first)


def test_nothing_is_cut_off() -> None:
    longest = ("mot de passe 🎉é " * 16)[:128]
    kept = passwords.hashed(longest)
    assert passwords.matches(longest, kept)
    assert not passwords.matches(longest[:-1], kept)
    assert not passwords.matches(longest + "x", kept)
    assert not passwords.matches(longest + "x" * 100_000, kept)


def test_keyboards_that_compose_accents_differently_type_the_same_password() -> None:
    assert passwords.matches("e\u0301te\u0301 en Bretagne", passwords.hashed("été en Bretagne"))


def test_checking_costs_as_much_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """R-AUTH-4: whether there is an account cannot be told from how long the answer takes."""
    kept, asked, scrypt = passwords.hashed("vert cheval lampe"), [], hashlib.scrypt

    def counted(typed: bytes, *, salt: bytes, **cost: int) -> bytes:
        asked.append(cost)
        return scrypt(typed, salt=salt, **cost)

    monkeypatch.setattr(hashlib, "scrypt", counted)
    assert not passwords.matches("something else", "")
    assert not passwords.matches("something else", kept)
    nobody, somebody = asked
    assert nobody == somebody
