"""An erasure and somebody else's work at the same moment: one of them wins, and nothing is half done (R-CON-7)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from models import Contact, Customer, Document, HistoryEntry, Interaction, Link
from services import interactions, records
from services.errors import CarnetError
from services.privacy import erasing, ledger, register
from services.privacy.registry import Scope
from tests.documents.support import issue, make_document
from tests.support.factories import BY, make_family
from tests.support.threads import at_once, read, write

pytestmark = pytest.mark.both_databases
ROUNDS = 5


def erasing_by(config: Config, scope: Scope, digest: str) -> Callable[[Session], Any]:
    """What the form does with the plan that its page has shown."""

    def work(session: Session) -> Any:
        erasing.hold(session, scope)
        found = erasing.preview(session, scope)
        erasing.check(found, digest)
        kind, id_ = next(iter(scope))
        request = register.open_for_card(session, found.going.fates[(kind, id_)].card, "erasure", by=BY)
        return erasing.carry_out(session, found, request, by=BY, ledger_file=ledger.path(config)).id

    return work


def saved(session: Session, contact_id: int, _draft_id: int) -> Any:
    return records.save(session, session.get_one(Contact, contact_id), {"city": "Lyon 3"}, by=BY).record.id


def logged(session: Session, contact_id: int, _draft_id: int) -> Any:
    return interactions.record(session, "email_card", by=BY, contact_id=contact_id, subject="Hello")


def issued(session: Session, _contact_id: int, draft_id: int) -> Any:
    return issue(session, session.get_one(Document, draft_id)).id


@pytest.mark.parametrize("other", [saved, logged, issued])
def test_r_con_7_one_of_them_wins(app: Flask, config: Config, other: Any) -> None:
    """R-CON-7: who is erased has nothing left; who is not is whole, with what the other did."""
    for _round in range(ROUNDS):
        family = write(app, make_family)
        contact_id, customer_id = family.contact.id, family.customer.id
        draft_id = write(
            app, lambda s, id_=customer_id: make_document(s, "invoice", s.get_one(Customer, id_)).id
        )
        scope = Scope(contact=frozenset({contact_id}), customer=frozenset({customer_id}))
        digest = read(app, lambda s, scope=scope: erasing.preview(s, scope).digest)
        results = at_once(
            app,
            [
                erasing_by(config, scope, digest),
                lambda s, ids=(contact_id, draft_id): bool(other(s, *ids)),
            ],
        )
        is_erased = not isinstance(results[0], Exception)
        assert is_erased or isinstance(results[0], CarnetError), results
        there = read(
            app, lambda s, ids=(contact_id, customer_id): [s.get(Contact, ids[0]), s.get(Customer, ids[1])]
        )
        assert [one is None for one in there] == [is_erased, is_erased], results
        if is_erased:
            assert (
                read(app, lambda s, id_=contact_id: s.scalar(select(Link.id).where(Link.contact_id == id_)))
                is None
            )
            left = select(HistoryEntry.id).where(
                HistoryEntry.kind == "contact", HistoryEntry.record_id == contact_id
            )
            assert read(app, lambda s, left=left: s.scalar(left)) is None
            entries = select(Interaction.id).where(Interaction.contact_id == contact_id)
            assert read(app, lambda s, entries=entries: s.scalar(entries)) is None
