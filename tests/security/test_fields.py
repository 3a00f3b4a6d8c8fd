"""Who may not see bank details never gets them, and no form sets what it does not show (R-PERM-3 to 5)."""

import pytest
from flask import Flask
from sqlalchemy import select

from config import Config
from models import MODELS, BankAccount, User
from services import checks, sync
from tests.support import databases
from tests.support.asking import BESIDE, CELLS, address, ask
from tests.support.client import Client
from tests.support.pages import Form, Page
from tests.support.people import BY_ROLE
from tests.support.threads import read
from tests.support.world import ACCOUNT_IBAN, VENDOR_IBAN, World

KINDS = ("contacts", "customers", "vendors", "bank-accounts")
# What no form shows, or not this one.
FORGED = {
    "role": "admin", "id": "999", "version": "77", "number": "X1", "issued_at": "2020-01-01", "created_by": "1",
    "created_at": "x", "customer_id": "1", "search_text": "x", "is_admin": "1", "updated_by": "4", "contact_id": "1",
    "kind": "vendor", "password_hash": "x", "user_id": "1",
}  # fmt: skip


@pytest.mark.parametrize("role", ["reader", "privacy_officer"])
def test_a_full_iban_reaches_nobody_without_the_right(app: Flask, world: World, role: str) -> None:
    """R-PERM-3: searched in every answer: pages, fragments, suggestions, refusals, history."""
    client = Client(app, role=role)
    planted = [checks.format_iban(iban) for iban in (VENDOR_IBAN, ACCOUNT_IBAN)] + [
        VENDOR_IBAN,
        ACCOUNT_IBAN,
        "77-1234567",
    ]
    ids = {"vendors": world.ids["vendors"], "bank_accounts": world.ids["bank_accounts"]}
    seen_masked = False
    for method, _permission, endpoint, rule in CELLS:
        if endpoint == "static":
            continue
        urls = [address(app, world, endpoint, method)]
        if "section" in rule:
            section = "bank" if "bank_accounts" in endpoint else "payments"
            urls += [address(app, world, endpoint, method, section=section)] if section in rule else []
        if "kind" in rule:
            urls += [address(app, world, endpoint, method, kind="vendors", id=ids["vendors"])]
            urls += [address(app, world, endpoint, method, kind="bank-accounts", id=ids["bank_accounts"])]
        for url in urls:
            for htmx in (False, True):
                query = "?q=2606&sort=name" if method == "GET" else ""
                text = (
                    ask(client, method, url + query, htmx=htmx, token="x").get_data().decode(errors="replace")
                )
                for iban in planted:
                    assert iban not in text, f"{iban} in {method} {url}"
                seen_masked |= "2606" in text and "vendors" in url
    assert seen_masked
    # And who has the right sees it.
    assert (
        checks.format_iban(VENDOR_IBAN) in Client(app, role="clerk").page(f"/vendors/{ids['vendors']}").text
    )


@pytest.mark.parametrize("kind", KINDS)
def test_no_form_sets_what_it_does_not_show(app: Flask, config: Config, world: World, kind: str) -> None:
    """R-PERM-4: extra fields of every section form are ignored; the record is equal before and after."""
    client = Client(app, role="clerk")
    id_ = world.ids[kind.replace("-", "_")]
    card = Client(app, role="clerk").page(f"/{kind}/{id_}")
    edits = sorted({node["href"] for node in card.all("a") if node.get("href").endswith("/edit")})
    assert len(edits) >= 4
    for url in edits:
        form = client.page(url).form(of="seen")
        before = databases.dump(config, without=BESIDE)
        forged = {name: value for name, value in FORGED.items() if name not in form.names}
        # The fields of the other sections are strangers to this one as well.
        others = {
            name: "9"
            for name in ("no", "city", "phone", "notes", "blocked", "vat_no")
            if name not in form.names
        }
        response = client.post(form.action, {**form.values, **forged, **others})
        assert response.status_code == 303, f"{url}: {response.status_code}"
        assert databases.dump(config, without=BESIDE) == before, url


@pytest.mark.parametrize("kind", KINDS)
def test_new_cards_do_not_take_what_is_not_offered(app: Flask, world: World, kind: str) -> None:
    """R-PERM-4 when creating."""
    client = Client(app, role="clerk")
    form = client.page(f"/{kind}/new").form()
    forged = {name: value for name, value in FORGED.items() if name not in form.names}
    assert client.post(form.action, form.filled({"name": "Fresh"}) | forged).status_code == 303
    model = MODELS[kind.replace("-", "_").removesuffix("s")]
    made = read(app, lambda session: session.scalars(select(model).where(model.name == "Fresh")).one())
    assert (made.version, made.created_by) == (1, BY_ROLE["clerk"].id) and made.id < 500


@pytest.mark.parametrize(
    "url",
    [
        "/settings/company",
        "/settings/contacts",
        "/settings/terms/{settings}",
        "/settings/users/4",
        "/account",
    ],
)
def test_settings_take_only_what_they_show(app: Flask, config: Config, world: World, url: str) -> None:
    """R-PERM-4: sent back as it stands, with extra fields, a form leaves every row equal."""
    client = Client(app, role="admin")
    page = client.page(url.format(**world.ids))
    form = page.form(of="formats") if url == "/account" else saving_form(page)
    assert client.post(form.action, form.values).status_code == 303
    before = databases.dump(config, without=BESIDE)
    forged = {name: value for name, value in FORGED.items() if name not in form.names}
    assert client.post(form.action, {**form.values, **forged}).status_code == 303
    assert databases.dump(config, without=BESIDE) == before


def test_a_person_cannot_give_themselves_a_role(app: Flask, config: Config, world: World) -> None:
    """R-PERM-4: every form of one's own account, with the names of the rights."""
    client = Client(app, role="reader")
    rights = {"role": "admin", "is_admin": "y", "is_clerk": "y", "admin": "y", "clerk": "y"}
    for form in client.page("/account").main.all("form", method="post"):
        sent = Form(form, "/account")
        client.post(sent.action, {**sent.values, **rights})
    user = read(app, lambda session: session.get_one(User, BY_ROLE["reader"].id))
    assert not (user.is_admin or user.is_clerk or user.is_privacy_officer)


def test_of_repeated_values_only_the_first_of_the_body_counts(app: Flask, world: World) -> None:
    """R-PERM-5."""
    client = Client(app, role="clerk")
    url = f"/bank-accounts/{world.ids['bank_accounts']}/address"
    form = client.page(f"{url}/edit").form(of="seen")
    values = form.filled({"city": "First"})
    values["city"] = ["First", "Second"]
    response = client.post(f"{form.action}?city=Query&id=999", values)
    assert response.status_code == 303
    found = read(app, lambda session: session.get_one(BankAccount, world.ids["bank_accounts"]).city)
    assert found == "First"
    assert read(app, sync.mismatches) == []


def saving_form(page: Page) -> Form:
    """The largest form of a page of settings: the one that saves what the page is about."""
    forms = [Form(node, page.url) for node in page.main.all("form") if node.get("method").lower() == "post"]
    return max(forms, key=lambda form: len(form.names))
