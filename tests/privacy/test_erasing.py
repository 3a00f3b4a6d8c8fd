"""Erasing a person: nothing of them is left, or only what the law keeps."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import Config
from extensions import db
from models import Contact, Customer, Document, PrivacyBlock, PrivacyErasure, PrivacyRequest
from services import clock, database, sync
from services.privacy import certificate, erasing, ledger, residue
from tests.documents.support import office
from tests.privacy import canary
from tests.support.factories import BY

pytestmark = pytest.mark.both_databases


def erase(session: Session, config: Config, scope: Any) -> PrivacyErasure:
    found = erasing.preview(session, scope)
    values = residue.values_of(session, found.steps)
    day = clock.today(office(session))
    request = PrivacyRequest(
        no="PR-2026-001", kind="erasure", regime="QC", received_on=day, due_on=day,
        subject_kind="contact", subject_id=next(iter(scope.contact)), subject_label="zqxlabel",
    )  # fmt: skip
    session.add(request)
    session.flush()
    erasing.check(found, found.digest)
    made = erasing.carry_out(session, found, request, by=BY, ledger_file=ledger.path(config))
    certificate.remember(made.id, found.steps, values)
    session.commit()
    done = certificate.finish(session, config, made.id)
    assert done, session.get(PrivacyErasure, made.id).report["residue"]
    return session.get(PrivacyErasure, made.id)


def test_nothing_is_left_of_a_person_without_invoices(session: Session, config: Config) -> None:
    planted = canary.plant(session, config)
    session.commit()
    assert len(planted.values) > 60
    if config.is_sqlite:
        before = canary.found_in(config.data, planted.values)
        assert set(before) == set(planted.values)
    made = erase(session, config, planted.scope)
    assert session.scalar(select(func.count()).select_from(Contact)) == 0
    session.rollback()
    assert canary.found_in(config.data, {**planted.values, "mark": canary.MARK}, "backups") == {}
    assert made.sha256 and certificate.is_intact(made)
