"""Erasing without a browser, as the pages do it."""

from typing import Any

from sqlalchemy.orm import Session

from config import Config
from models import PrivacyErasure
from services.privacy import certificate, erasing, ledger, register, residue
from services.privacy.registry import Scope
from tests.support.factories import BY


def scope_of(*cards: Any) -> Scope:
    """These cards and no other."""
    ids: dict[str, set[int]] = {}
    for card in cards:
        ids.setdefault(card.KIND, set()).add(card.id)
    return Scope(**{kind: frozenset(found) for kind, found in ids.items()})


def carry_out(session: Session, config: Config, *cards: Any, scope: Scope | None = None) -> PrivacyErasure:
    """Erase the cards, in the caller's transaction."""
    found = erasing.preview(session, scope or scope_of(*cards))
    values = residue.values_of(session, found.steps)
    erasing.check(found, found.digest)
    kind, id_ = next(iter(found.scope))
    request = register.open_for_card(session, found.going.fates[(kind, id_)].card, "erasure", by=BY)
    made = erasing.carry_out(session, found, request, by=BY, ledger_file=ledger.path(config))
    certificate.remember(made.id, found.steps, values)
    return made


def erase(session: Session, config: Config, *cards: Any, scope: Scope | None = None) -> PrivacyErasure:
    """Erase the cards for good; there is a certificate."""
    made = carry_out(session, config, *cards, scope=scope)
    session.commit()
    done = certificate.finish(session, config, made.id)
    kept = session.get_one(PrivacyErasure, made.id)
    assert done, kept.report["residue"]
    return kept
