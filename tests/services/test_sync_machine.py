"""The invariants of the synchronisation under any sequence of saves, links, unlinkings and deletions.

Agreement, no invention, last acknowledged wins, read your write, isolation, termination (R-CON-5):
a model that knows only “linked cards have one value” predicts every card, and the database is compared.
"""

import os
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy.orm import Session

from models import MODELS, Contact, Customer
from services import deletion, fields, links, records, sync
from services.errors import CarnetError
from tests.support import factories as make
from tests.support.threads import read, write

pytestmark = pytest.mark.both_databases

BY = make.BY
PARTIES = ("customer", "vendor", "bank_account")
NAMES = ("name", "city", "phone", "currency", "salesperson_id", "notes")
VALUES: dict[str, Any] = {
    "name": st.sampled_from(["Alpha", "Beta", "Gamma"]),
    "city": st.sampled_from(["", "Lyon", "Nice"]),
    "phone": st.sampled_from(["", "1", "2"]),
    "currency": st.sampled_from(["", "CAD", "EUR"]),
    "salesperson_id": st.sampled_from([None, 1, 2]),
    "notes": st.sampled_from(["", "x", "y"]),
}
Key = tuple[str, int]


class Families(RuleBasedStateMachine):
    """A few contacts and parties without persons; the model is a dictionary of values and one of links."""

    app: Flask

    def __init__(self) -> None:
        super().__init__()
        self.cards: dict[Key, dict[str, Any]] = {}
        self.versions: dict[Key, int] = {}
        self.links: dict[Key, Key] = {}
        self.number = 0

    @initialize()
    def begin(self) -> None:
        write(self.app, _remove_everything)
        for kind in ("contact", "contact", "customer"):
            self._make(kind)
        for kind in PARTIES:
            self._create_as(self._contacts()[0], kind)

    @rule(kind=st.sampled_from(["contact", *PARTIES]))
    @precondition(lambda self: len(self.cards) < 8)
    def make_card(self, kind: str) -> None:
        self._make(kind)

    @rule(data=st.data(), names=st.sets(st.sampled_from(NAMES), min_size=1, max_size=3))
    @precondition(lambda self: self.cards)
    def save(self, data: st.DataObject, names: set[str]) -> None:
        key = data.draw(st.sampled_from(sorted(self.cards)))
        values = {name: data.draw(VALUES[name]) for name in sorted(names) if name in self.cards[key]}

        def work(session: Session) -> set[tuple[Key, str]]:
            saved = records.save(session, _get(session, key), values, by=BY)
            return {((change.record.KIND, change.record.id), change.field) for change in saved.changes}

        told = write(self.app, work)
        # Termination and S3: exactly the fields that differ, each written once.
        assert told == self._apply(key, values)

    @rule(data=st.data())
    @precondition(lambda self: self._could_link())
    def link(self, data: st.DataObject) -> None:
        contact, party = data.draw(st.sampled_from(self._could_link()))
        wins = data.draw(st.sampled_from(["contact", "party"]))

        def work(session: Session) -> None:
            chosen = dict.fromkeys(fields.SHARED[party[0]], wins)
            links.link(session, _get(session, contact), _get(session, party), chosen, by=BY)

        allowed = party not in self.links and (
            party[0] == "bank_account"
            or (party[0], contact) not in {(p[0], c) for p, c in self.links.items()}
        )
        try:
            write(self.app, work)
        except CarnetError:
            assert not allowed
            return
        assert allowed
        source, target = (contact, party) if wins == "contact" else (party, contact)
        values = {
            name: self.cards[source][name] for name in self.cards[target] if name in fields.SHARED[party[0]]
        }
        self.links[party] = contact
        self._apply(target, values)

    @rule(data=st.data())
    @precondition(lambda self: self.links)
    def unlink(self, data: st.DataObject) -> None:
        party = data.draw(st.sampled_from(sorted(self.links)))
        write(
            self.app,
            lambda session: (
                links.unlink(session, records.links_of(session, _get(session, party))[0], by=BY) and None
            ),
        )
        del self.links[party]

    @rule(data=st.data())
    @precondition(lambda self: self._contacts())
    def create_as(self, data: st.DataObject) -> None:
        contact = data.draw(st.sampled_from(self._contacts()))
        kind = data.draw(st.sampled_from(PARTIES))
        self._create_as(contact, kind)

    @rule(data=st.data())
    @precondition(lambda self: len(self.cards) > 3)
    def delete(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.cards)))
        write(self.app, lambda session: deletion.delete(session, _get(session, key), by=BY) and None)
        del self.cards[key], self.versions[key]
        self.links = {party: hub for party, hub in self.links.items() if key not in (party, hub)}

    @invariant()
    def every_card_is_as_the_model_says(self) -> None:
        """Agreement, no invention, last acknowledged wins, read your write, isolation, versions."""
        read(self.app, self._compare)

    def _compare(self, session: Session) -> None:
        assert sync.mismatches(session) == []
        for model in MODELS.values():
            ids = {card.id for card in session.query(model)}
            assert ids == {id_ for kind, id_ in self.cards if kind == model.KIND}
        for key, values in self.cards.items():
            card = _get(session, key)
            assert {name: getattr(card, name) for name in values} == values, key
            assert card.version == self.versions[key], key

    def _make(self, kind: str) -> None:
        self.number += 1
        name = f"Card {self.number}"
        id_ = write(self.app, lambda session: make.make_card(session, kind, name).id)
        empty = {one: None if one == "salesperson_id" else "" for one in NAMES if one in fields.SHARED[kind]}
        self.cards[kind, id_] = empty | {"name": name, "notes": ""}
        self.versions[kind, id_] = 1

    def _create_as(self, contact: Key, kind: str) -> None:
        taken = kind != "bank_account" and any(
            party[0] == kind and hub == contact for party, hub in self.links.items()
        )
        try:
            id_ = write(self.app, lambda s: links.create_as(s, _get(s, contact), kind, by=BY).record.id)
        except CarnetError:
            assert taken
            return
        assert not taken
        values = {name: self.cards[contact][name] for name in NAMES if name in fields.SHARED[kind]}
        self.cards[kind, id_] = values | {"notes": ""}
        self.versions[kind, id_] = 1
        self.links[kind, id_] = contact

    def _apply(self, key: Key, values: dict[str, Any]) -> set[tuple[Key, str]]:
        """What the rules say a save changes; changes the model the same way."""
        hub = key if key[0] == "contact" else self.links.get(key)
        family = (
            [key] if hub is None else [hub, *(party for party, owner in self.links.items() if owner == hub)]
        )
        changed = {(key, name) for name, value in values.items() if self.cards[key][name] != value}
        for name in {name for _key, name in changed if fields.is_shared(key[0], name)}:
            if hub is not None and name not in self.cards[hub]:
                continue
            changed |= {
                (card, name) for card in family if name in fields.SHARED[card[0]] and name in self.cards[card]
            }
        changed = {(card, name) for card, name in changed if self.cards[card][name] != values[name]}
        for card, name in changed:
            self.cards[card][name] = values[name]
        for card in {card for card, _name in changed}:
            self.versions[card] += 1
        return changed

    def _contacts(self) -> list[Key]:
        return sorted(key for key in self.cards if key[0] == "contact")

    def _could_link(self) -> list[tuple[Key, Key]]:
        return [
            (hub, party) for hub in self._contacts() for party in sorted(self.cards) if party[0] != "contact"
        ]


def _get(session: Session, key: Key) -> Any:
    return session.get_one(MODELS[key[0]], key[1])


def _remove_everything(session: Session) -> None:
    """The doors themselves empty the database between two examples."""
    for model in (Customer, *[one for one in MODELS.values() if one is not Contact], Contact):
        for card in session.query(model).all():
            deletion.delete(session, card, by=BY)


def test_any_sequence_of_actions_keeps_the_families_in_step(bare_app: Flask) -> None:
    class OnThisDatabase(Families):
        app = bare_app

    machine: Any = OnThisDatabase.TestCase
    machine.settings = settings(
        max_examples=int(os.environ.get("CARNET_TEST_EXAMPLES", "6")),
        stateful_step_count=20,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    machine().runTest()
