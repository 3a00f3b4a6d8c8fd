"""The pages of documents: lists and the document itself, for the ten kinds, in both languages."""

import pytest
from flask import Flask

from models import Document
from services.documents.kinds import KINDS
from tests.documents.support import issue, make_document
from tests.support.client import Client
from tests.support.threads import write

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def address(kind: str) -> str:
    """The address of a kind's list."""
    return f"/{KINDS[kind].area}/{KINDS[kind].path}"


def made(app: Flask, kind: str = "invoice", *, issued: bool = False, **values: object) -> Document:
    """A document of this kind with one line."""

    def make(session: object) -> Document:
        document = make_document(session, kind, **values)  # type: ignore[arg-type]
        return issue(session, document) if issued else document  # type: ignore[arg-type]

    return write(app, make)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_list_and_its_page(app: Flask, kind: str, language: str) -> None:
    document = made(app, kind)
    client = Client(app, role="clerk", language=language)
    for headers in ({}, HTMX):
        answer = client.get(address(kind), headers=headers)
        assert answer.status_code == 200 and "Buyer Ltd" in answer.text
        assert f'href="{address(kind)}/{document.id}"' in answer.text
    page = client.page(f"{address(kind)}/{document.id}")
    assert "Bread" in page.text and "Buyer Ltd" in page.text
    other = "sales/orders" if kind != "order" else "sales/invoices"
    assert client.get(f"/{other}/{document.id}").status_code == 404
