"""Every column of every table says how personal it is, whose it is, and what export and erasure do with it (Y-A1)."""

import pytest
from flask import Flask
from sqlalchemy import JSON, Column, String, inspect

from extensions import Base
from models.base import CLASSES, ERASE_ACTIONS, FACTS, privacy
from tests.support.databases import plain_engine
from tests.support.threads import read

TABLES = {table.name: table for table in Base.metadata.sorted_tables}
COLUMNS = [column for table in TABLES.values() for column in table.columns]
# What identifies or concerns somebody, wherever such a name occurs.
PERSONAL_NAMES = {
    *("name", "name2", "first_name", "middle_name", "last_name", "title", "job_title", "birth_date", "minor"),
    *(
        "address",
        "address2",
        "post_code",
        "city",
        "region",
        "country",
        "phone",
        "mobile",
        "fax",
        "email",
        "email2",
    ),
    *(
        "website",
        "vat_no",
        "registration_no",
        "contact_person",
        "contact_person_title",
        "notes",
        "search_text",
    ),
    *("search_name", "search_city", "old", "new", "snapshot", "guardian_consent_at", "guardian_consent_by"),
}
# Tables that hold the office's own data and codes, in which a name is nobody's.
OFFICES = {
    *("office", "number_series", "number_series_lines", "number_counters", "payment_terms", "tax_groups"),
    *("tax_rates", "party_templates", "relation_codes", "items", "document_series"),
}
SECRETS = {"password_hash", "token_hash", "account_hash", "address_hash"}


def facts(column: "Column[object]") -> dict[str, str]:
    return dict(column.info["privacy"])


def said(column: "Column[object]") -> str:
    return f"{column.table.name}.{column.name}"


def test_every_column_declares_all_six_facts() -> None:
    """Y-A1: a column added without them fails here, by its name."""
    undeclared = [said(column) for column in COLUMNS if tuple(column.info.get("privacy", ())) != FACTS]
    assert not undeclared
    for column in COLUMNS:
        assert all(isinstance(value, str) for value in facts(column).values()), said(column)


def test_the_facts_are_of_the_known_kinds() -> None:
    """Y-A1: classes and erase actions are fixed lists."""
    assert CLASSES == ("none", "business", "personal", "sensitive", "secret")
    assert ERASE_ACTIONS == (
        "delete_row",
        "null",
        "placeholder",
        "keep_legal",
        "keep_pseudonym",
        "not_personal",
    )
    for column in COLUMNS:
        assert facts(column)["class"] in CLASSES, said(column)
        assert facts(column)["erase"] in ERASE_ACTIONS, said(column)


@pytest.mark.parametrize(
    ("class_", "erase"), [("private", "null"), ("personal", "burn"), ("", "null"), ("none", "")]
)
def test_an_unknown_class_or_action_is_refused_when_it_is_written(class_: str, erase: str) -> None:
    """Y-A1: the program does not start with it."""
    with pytest.raises(ValueError, match="unknown privacy class"):
        privacy(class_, erase)


def test_what_is_personal_can_be_reached_erased_and_explained() -> None:
    """Y-A1: a personal column names its subject, an erasure, a legal basis and a retention."""
    for column in COLUMNS:
        found = facts(column)
        if found["class"] in ("personal", "sensitive", "business"):
            assert found["subject_path"], f"{said(column)} does not say whose it is"
            assert found["erase"] != "not_personal", f"{said(column)} would never be erased"
            assert found["legal_basis"] and found["retention_code"], (
                f"{said(column)} does not say why it is kept"
            )
        if found["class"] == "none":
            assert found["erase"] == "not_personal", f"{said(column)} is erased though it is nobody's"


def test_what_is_called_like_personal_data_is_declared_as_such() -> None:
    """A name, an address or a phone is personal on every table but the office's own."""
    for column in COLUMNS:
        if column.name in PERSONAL_NAMES and column.table.name not in OFFICES:
            assert facts(column)["class"] in ("personal", "sensitive"), said(column)


def test_secrets_are_secret_and_never_exported() -> None:
    """Y-A5."""
    for column in COLUMNS:
        if column.name in SECRETS or facts(column)["class"] == "secret":
            assert facts(column)["class"] == "secret" and facts(column)["export_key"] == "", said(column)


def test_a_path_to_the_subject_exists() -> None:
    """The subject is the row itself, a user, columns of the row, or stands inside one of them."""
    for column in COLUMNS:
        path = facts(column)["subject_path"]
        if path not in ("", "self", "user"):
            for name in path.split(","):
                assert name in column.table.columns or name == "rows", f"{said(column)}: {path}"


def test_an_erasure_is_possible_in_the_table() -> None:
    """“null” needs a column that may be empty, a text or JSON; “placeholder” a text."""
    for column in COLUMNS:
        text = isinstance(column.type, String)
        if facts(column)["erase"] == "null":
            assert column.nullable or text or isinstance(column.type, JSON), said(column)
        if facts(column)["erase"] == "placeholder":
            assert text, said(column)


@pytest.mark.both_databases
def test_the_database_has_no_column_without_a_declaration(bare_app: Flask) -> None:
    """Y-A1 both ways: the live schema and the declarations name the same columns."""
    engine = plain_engine(bare_app.config["CARNET"])
    with engine.connect() as connection:
        live = inspect(connection)
        names = {
            name for name in live.get_table_names() if "_search" not in name and name != "alembic_version"
        }
        assert names == set(TABLES)
        for name in names:
            assert {column["name"] for column in live.get_columns(name)} == set(
                TABLES[name].columns.keys()
            ), name
    assert read(bare_app, lambda session: session.get_bind().dialect.name) in ("sqlite", "postgresql")
