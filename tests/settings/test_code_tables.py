"""Code tables: rows are added, changed, and deleted while nothing uses them; links keep renamed codes."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from extensions import db
from models import Link, PartyTemplate, PaymentTerms, RelationCode, TaxGroup, TaxRate
from services import deletion, links, settings, taxes
from services.errors import InUse, Invalid
from tests.support.client import Client
from tests.support.factories import BY, make_contact, make_customer, make_family


def by_code(session, model, code):
    return session.scalar(select(model).where(model.code == code))


@pytest.fixture
def id_of(data):
    """The id of a row by its code."""

    def find(model, code):
        with data() as session:
            return by_code(session, model, code).id

    return find


# -- relation codes ---------------------------------------------------------------------------------


def test_a_renamed_code_keeps_its_links(admin, data, id_of):
    """L4: links refer to the row, not to its name."""
    with data() as session:
        make_family(session)
    code_id = id_of(RelationCode, "CUST")
    assert "CLIENT" in admin.submit(f"/settings/relations/{code_id}", {"code": "CLIENT"}).main.text
    with data() as session:
        link = session.scalar(select(Link).where(Link.kind == "customer"))
        assert (link.relation_code_id, link.relation_code.code) == (code_id, "CLIENT")


def test_a_code_in_use_is_not_deleted_and_says_where(admin, data, id_of):
    """409 InUse with the count; the page before it says so and has no form."""
    with data() as session:
        make_family(session)
    code_id = id_of(RelationCode, "BANK")
    url = f"/settings/relations/{code_id}/delete"
    page = admin.page(url)
    assert "Links of contacts : 2" in page.main.text.replace(":", " :")
    assert not page.main.all("form")
    page = admin.read(admin.post(url, {"csrf_token": admin.csrf_token}), url, 409)
    assert "(3 times)" in page.main.text
    assert id_of(RelationCode, "BANK") == code_id
    row = admin.page("/settings/relations").one("tr", id=f"relations-{code_id}")
    assert row.all("td")[-1].text == "3"


def test_a_code_that_nothing_uses_is_deleted(admin, data, id_of):
    url = f"/settings/relations/{id_of(RelationCode, 'PRESS')}/delete"
    assert "PRESS was deleted." in admin.submit(url, {}).text
    with data() as session:
        assert by_code(session, RelationCode, "PRESS") is None


def test_a_code_is_unique_whatever_its_capitals(admin):
    page = admin.submit("/settings/relations/new", {"code": "press"}, 422)
    assert "The code press exists already." in page.errors["code"]
    assert page.form().values["code"] == ["press"]


def test_a_form_sent_twice_makes_one_row(admin, data):
    """R-CON-3: a double click on Save."""
    form = admin.page("/settings/relations/new").form()
    answers = [admin.send(form, {"code": "CLUB"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    with data() as session:
        assert session.scalar(select(func.count()).where(RelationCode.code == "CLUB")) == 1


def test_rows_that_do_not_exist_are_not_found(admin):
    for url in (
        "/settings/relations/99",
        "/settings/terms/99/delete",
        "/settings/coffee",
        "/settings/taxes/0",
    ):
        assert admin.get(url).status_code == 404


# -- what is in use ---------------------------------------------------------------------------------


def test_terms_and_tax_groups_of_a_customer_are_in_use(session):
    terms, group = by_code(session, PaymentTerms, "30D"), by_code(session, TaxGroup, "QC")
    make_customer(session, payment_terms_id=terms.id, tax_group_id=group.id)
    for row in (terms, group):
        assert settings.uses_by_row(session, type(row))[row.id] == 1
        with pytest.raises(InUse):
            settings.delete(session, row)


def test_what_the_bin_would_bring_back_is_in_use(session):
    """A customer that was deleted and can be restored still needs its terms and the code of its link."""
    terms = by_code(session, PaymentTerms, "30D")
    customer = make_customer(session, payment_terms_id=terms.id)
    assert [use.table for use in settings.uses(session, terms)] == ["customers"]
    deletion.delete(session, customer, by=BY)
    assert [use.table for use in settings.uses(session, terms)] == ["undo_entries"]
    with pytest.raises(InUse):
        settings.delete(session, terms)


def test_every_table_that_refers_to_a_code_is_looked_at():
    """A table that comes later cannot be forgotten: the references are read from the schema."""
    for model in (RelationCode, PaymentTerms, TaxGroup, PartyTemplate):
        expected = {
            (table.name, column.name)
            for table in db.metadata.tables.values()
            for column in table.columns
            for key in column.foreign_keys
            if key.column.table is model.__table__ and table.name != "tax_rates"
        }
        found = {(column.table.name, column.name) for column in settings._references(model)}
        assert found == expected


# -- payment terms ----------------------------------------------------------------------------------


def test_terms_are_added_and_changed(admin, data, id_of):
    typed = {"code": "45D", "name": "45 days", "days": "45", "end_of_month": "y"}
    admin.submit("/settings/terms/new", typed)
    with data() as session:
        terms = by_code(session, PaymentTerms, "45D")
        assert (terms.name, terms.days, terms.end_of_month) == ("45 days", 45, True)
    admin.submit(f"/settings/terms/{terms.id}", {"days": "60", "end_of_month": None})
    with data() as session:
        terms = by_code(session, PaymentTerms, "45D")
        assert (terms.days, terms.end_of_month) == (60, False)


@pytest.mark.parametrize("days", ["", "-1", "1000", "1.5", "soon"])
def test_days_are_a_whole_number(admin, data, days):
    page = admin.submit("/settings/terms/new", {"code": "X", "name": "X", "days": days}, 422)
    assert "Enter" in page.errors["days"]
    assert page.form().values["days"] == [days]
    with data() as session:
        assert by_code(session, PaymentTerms, "X") is None


# -- templates --------------------------------------------------------------------------------------


def test_a_template_fills_a_new_customer(admin, data, id_of):
    """L6: terms, method, tax group, currency and country come from it where they are empty."""
    typed = {
        "kind": "customer",
        "code": "LOCAL",
        "payment_terms_id": id_of(PaymentTerms, "30D"),
        "tax_group_id": id_of(TaxGroup, "QC"),
        "payment_method": "transfer",
        "currency": "CAD",
        "country": "CA",
    }
    assert "30 days" in admin.submit("/settings/templates/new", typed).main.text
    with data() as session:
        template = by_code(session, PartyTemplate, "LOCAL")
        customer = links.create_as(
            session, make_contact(session), "customer", template=template, by=BY
        ).record
        assert (customer.payment_terms_id, customer.tax_group_id) == (
            typed["payment_terms_id"],
            typed["tax_group_id"],
        )
        assert (customer.payment_method, customer.currency, customer.country) == ("transfer", "CAD", "CA")


def test_a_vendor_template_has_no_tax_group(session):
    group = by_code(session, TaxGroup, "QC")
    values = {"kind": "vendor", "code": "A", "tax_group_id": str(group.id)}
    with pytest.raises(Invalid) as refusal:
        settings.save_template(session, None, values)
    assert list(refusal.value.errors) == ["tax_group_id"]


def test_template_codes_are_unique_for_each_kind(session):
    settings.save_template(session, None, {"kind": "vendor", "code": "A"})
    settings.save_template(session, None, {"kind": "customer", "code": "A"})
    with pytest.raises(Invalid):
        settings.save_template(session, None, {"kind": "customer", "code": "a"})


# -- taxes ------------------------------------------------------------------------------------------


def typed_rates(*rates):
    names = ("name", "percent", "valid_from", "valid_to")
    typed = [dict(zip(names, rate, strict=True)) for rate in rates]
    return {f"rates-{row}-{name}": value for row, rate in enumerate(typed) for name, value in rate.items()}


@pytest.mark.parametrize(
    ("language", "percent"), [("en", "9.975"), ("fr", "9,975"), ("fr", "9.975"), ("en", "9,975 %")]
)
def test_a_percentage_is_read_with_a_comma_or_a_point(app, data, language, percent):
    """Both signs can only part decimals: no percentage has thousands."""
    client = Client(app, role="admin", language=language)
    rates = typed_rates(("TPS", "5", "", ""), ("TVQ", percent, "2026-01-01", ""))
    page = client.submit("/settings/taxes/new", {"code": "T", "name": "TPS et TVQ"} | rates)
    assert ("TVQ 9,975" if language == "fr" else "TVQ 9.975") in page.main.text
    with data() as session:
        found = [(rate.name, rate.percent, rate.valid_from) for rate in by_code(session, TaxGroup, "T").rates]
    assert found == [("TPS", Decimal(5), None), ("TVQ", Decimal("9.975"), date(2026, 1, 1))]


def test_a_new_percentage_follows_the_old_one_and_an_overlap_is_refused(admin, data, id_of):
    """O5: a rate is valid from a day to another."""
    url = f"/settings/taxes/{id_of(TaxGroup, 'HST14')}"
    overlap = typed_rates(("TVH/HST", "14", "", "2027-06-30"), ("tvh/hst", "15", "2027-06-30", ""))
    page = admin.submit(url, overlap, 422)
    assert "apply on the same day" in page.errors["rates-1-valid_from"]
    admin.submit(url, overlap | {"rates-1-valid_from": "2027-07-01"})
    with data() as session:
        assert [rate.percent for rate in by_code(session, TaxGroup, "HST14").rates] == [14, 15]
    admin.submit(url, {"rates-0-remove": "y"})
    with data() as session:
        assert [rate.percent for rate in by_code(session, TaxGroup, "HST14").rates] == [15]
        assert not session.scalars(select(TaxRate).where(TaxRate.percent == 14)).all()


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "exempt_reason"),
        ({"exempt_reason": "Export"} | typed_rates(("GST", "5", "", "")), "exempt_reason"),
        (typed_rates(("GST", "101", "", "")), "rates-0-percent"),
        (typed_rates(("GST", "-1", "", "")), "rates-0-percent"),
        (typed_rates(("GST", "5.00001", "", "")), "rates-0-percent"),
        (typed_rates(("GST", "", "", "")), "rates-0-percent"),
        (typed_rates(("GST", "five", "", "")), "rates-0-percent"),
        (typed_rates(("", "5", "", "")), "rates-0-name"),
        (typed_rates(("GST", "5", "2026-02-30", "")), "rates-0-valid_from"),
        (typed_rates(("GST", "5", "2026-02-02", "2026-02-01")), "rates-0-valid_to"),
    ],
)
def test_a_tax_group_that_makes_no_sense_is_refused_with_what_was_typed(admin, data, typed, field):
    page = admin.submit("/settings/taxes/new", {"code": "T", "name": "Tax"} | typed, 422)
    assert page.errors[field]
    assert all(page.form().values[name] == [value] for name, value in typed.items())
    with data() as session:
        assert by_code(session, TaxGroup, "T") is None


def test_saving_a_group_unchanged_keeps_its_rows(admin, data, id_of):
    """R-CON-2: nothing is rewritten."""
    with data() as session:
        before = [rate.id for rate in by_code(session, TaxGroup, "QC").rates]
    admin.submit(f"/settings/taxes/{id_of(TaxGroup, 'QC')}", {})
    with data() as session:
        assert [rate.id for rate in by_code(session, TaxGroup, "QC").rates] == before


def test_the_usual_groups_are_added_once(admin, data):
    def add(country):
        typed = {"csrf_token": admin.csrf_token, "country": country}
        return admin.read(admin.post("/settings/taxes/usual", typed), "", 303).text

    countries = [node["value"] for node in admin.page("/settings/taxes").all("input", name="country")]
    assert countries == list(taxes.PRESETS)
    assert "7 tax groups were added." in add("FR")
    assert "All of them are here already." in add("FR")
    assert "All of them are here already." in add("CA")
    assert (
        admin.post("/settings/taxes/usual", {"csrf_token": admin.csrf_token, "country": "US"}).status_code
        == 404
    )
    with data() as session:
        assert {"QC", "HST13", "TVA20", "TVA55"} <= set(session.scalars(select(TaxGroup.code)))
        assert by_code(session, TaxGroup, "TVA55").rates[0].percent == Decimal("5.5")


def test_presets_have_taxes_or_a_reason():
    """O5: one or more rates, or none with a reason."""
    for country in (*taxes.PRESETS, "US", ""):
        for group in taxes.usual_groups(country):
            assert bool(group.rates) != bool(group.exempt_reason), group.code
