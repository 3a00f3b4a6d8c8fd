"""Columns are recognised by the usual headings of both languages (X1)."""

import pytest
from flask_babel import force_locale

from services.imports import columns

NORTHWIND = [
    "customerID", "companyName", "contactName", "contactTitle", "address", "city", "region", "postalCode", "country",
    "phone", "fax",
]  # fmt: skip
FRENCH = [
    "N°", "Raison sociale", "Personne à contacter", "Fonction", "Adresse", "Ville", "Région", "Code postal", "Pays",
    "Téléphone", "Télécopieur",
]  # fmt: skip
FIELDS = [
    "no", "name", "contact_person", "contact_person_title", "address", "city", "region", "post_code", "country",
    "phone", "fax",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["customer", "vendor"])
def test_northwind_headings_are_recognised_in_both_languages(kind):
    assert columns.recognised(kind, NORTHWIND) == FIELDS
    assert columns.recognised(kind, FRENCH) == FIELDS
    assert columns.recognised("vendor", ["supplierID", "companyName", "homePage"]) == [
        "no",
        "name",
        "website",
    ]


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        (["Nom", "Tél", "Remarque"], ["name", "phone", "notes"]),
        (["Nom", "Prénom", "Société", "Courriel"], ["last_name", "first_name", "company_id", "email"]),
        (
            ["First name", "Last name", "Company", "Job title"],
            ["first_name", "last_name", "company_id", "job_title"],
        ),
        (["Company", "E-mail address", "Mobile phone"], ["name", "email", "mobile"]),
        (["No.", "NAME", "name", "Colour", ""], ["no", "name", "", "", ""]),
        (["Siren", "N° TVA", "Date de naissance"], ["registration_no", "vat_no", "birth_date"]),
    ],
)
def test_headings_of_contacts(headers, found):
    assert columns.recognised("contact", headers) == found


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", ["contact", "customer", "vendor", "bank_account"])
def test_every_heading_of_the_empty_table_is_recognised_as_its_field(app, kind, language):
    with app.test_request_context(), force_locale(language):
        assert columns.recognised(kind, columns.template(kind)) == columns.targets(kind)


def test_columns_that_cannot_be_imported_together_are_named():
    assert columns.problems("customer", ["no", "name"], "no") == {}
    assert set(columns.problems("customer", ["no", "no", ""], "no")) == {"column-1", "column-0"}
    assert set(columns.problems("customer", ["name"], "no")) == {"key"}
    assert set(columns.problems("customer", ["name"], "")) == {"key"}
    assert columns.problems("customer", ["name"], "none") == {}
    assert columns.problems("contact", ["last_name"], "none") == {}
