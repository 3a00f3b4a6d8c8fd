"""How many cards and documents there are is kept by the database, whoever writes and however."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from services import totals
from services.documents import deleting
from tests.documents.support import BY, make_document

pytestmark = pytest.mark.both_databases


def test_documents_are_counted_by_their_kind(session: Session) -> None:
    """Also when they are deleted, written in one statement, and when all of it is taken back."""
    session.commit()
    before = totals.of(session, "invoice")
    draft = make_document(session)
    make_document(session, "quote", draft.customer)
    make_document(session, owner=draft.customer)
    assert (totals.of(session, "invoice"), totals.of(session, "quote")) == (before + 2, 1)
    deleting.delete(session, draft, by=BY)
    assert totals.of(session, "invoice") == before + 1
    session.execute(text("DELETE FROM document_lines"))
    session.execute(text("DELETE FROM documents"))
    assert totals.of(session, "invoice") == totals.of(session, "quote") == 0
    session.rollback()
    assert totals.of(session, "invoice") == before
