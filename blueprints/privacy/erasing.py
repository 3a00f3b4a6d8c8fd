"""Erasing a person: a page with the exact plan, and the one form that carries it out (Y-B6, Y-H1 to Y-H6)."""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from flask import Response, current_app, jsonify, make_response, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.common import cards, display
from blueprints.common.access import access, transaction
from blueprints.common.card_forms import whole
from blueprints.common.record_types import BY_ADDRESS
from blueprints.privacy.deleting import KIND, blueprint
from config import Config
from extensions import db
from models import AnyCard, Document, PrivacyRequest
from services.documents.kinds import KINDS
from services.errors import CarnetError, Invalid, NotFound, Refused
from services.privacy import (
    answering,
    certificate,
    dossier,
    erasing,
    erasing_words,
    fates,
    identity,
    ledger,
    mentions,
    register,
    residue,
    retention,
    trail,
)
from services.privacy.erasing import Preview
from services.privacy.fates import DELETE, REDUCE, WAIT, Fate
from services.privacy.registry import Scope

# The requests that an erasure can answer.
_KINDS = ("erasure", "deindexing")
# More documents and mentions than this are counted.
LISTED = 50


@dataclass(frozen=True)
class Other:
    """A card of the same person or company, or one of its persons: whether it goes too, and what that means."""

    key: str
    card: AnyCard
    fate: Fate
    chosen: bool


class Forged(Refused):
    """A plan that no page of Carnet has shown."""


@blueprint.get(f"/{KIND}/<int:id>/privacy/erase")
@access("privacy_desk", confirm=True)
def confirm_erase(kind: str, id: int) -> Response:
    return _page(cards.load(BY_ADDRESS[kind], id))


@blueprint.post(f"/{KIND}/<int:id>/privacy/erase")
@access("privacy_desk", confirm=True, own_transaction=True)
def erase(kind: str, id: int) -> Any:
    config: Config = current_app.config["CARNET"]
    try:
        erasure_id = transaction(lambda: _erase(kind, id, config))
    except CarnetError as error:
        if isinstance(error, NotFound):
            raise
        if isinstance(error, Forged):
            note_forged(BY_ADDRESS[kind].kind, id)
        return _refusal(kind, id, error)
    certificate.finish(db.session(), config, erasure_id)
    return redirect(f"/privacy/erasures/{erasure_id}", 303)


def _erase(kind: str, id: int, config: Config) -> int:
    """Everything that one press of the button does, in one transaction; returns the number of the proof."""
    record = cards.load(BY_ADDRESS[kind], id)
    asked = _request(record)
    if asked is not None:
        register.check_unanswered(asked)
    scope = _scope(record)
    erasing.hold(db.session(), scope)
    found = erasing.preview(db.session(), scope)
    check_plan(record, found, request.form.get("plan", ""))
    if found.reduced and request.form.get("action") != "reduce":
        raise _kept(found)
    if request.form.get("confirm", "").strip() != record.no:
        raise Invalid({"confirm": _("Type %(no)s to confirm.", no=record.no)})
    return carry_out(record, found, asked, config)


def check_plan(record: AnyCard, found: Preview, sent: str) -> None:
    """Raise Forged for a plan that no page has shown, Changed and Invoiced as `erasing.check` does."""
    digest, _dot, seal = sent.partition(".")
    if not hmac.compare_digest(seal.encode(), _seal(record, digest).encode()):
        raise Forged(_("This plan was not made by Carnet. Nothing was erased; look at the plan again."))
    erasing.check(found, digest)


def note_forged(kind: str, id: int) -> None:
    """Write to the trail, in a transaction of its own, that somebody sent a plan that no page has shown."""

    def note() -> None:
        trail.write(db.session(), "erase_forged", by=current_user.id, kind=kind, record_id=id)

    transaction(note)


def sealed(record: AnyCard, found: Preview) -> str:
    """A plan as its form sends it back."""
    return f"{found.digest}.{_seal(record, found.digest)}"


def carry_out(record: AnyCard, found: Preview, asked: PrivacyRequest | None, config: Config) -> int:
    """Erase by a plan that was checked, with its line in the register and on the trail."""
    session, by = db.session(), current_user.id
    asked = asked or register.open_for_card(session, record, "erasure", by=by)
    _check_identity(asked)
    values = residue.values_of(session, found.steps)
    erasure = erasing.carry_out(session, found, asked, by=by, ledger_file=ledger.path(config))
    register.step(session, asked, "erased", by=by, proof_kind="erasure", proof=str(erasure.id))
    reasons = ["accounting"] if found.reduced else []
    answering.answer(session, asked, "partly" if found.reduced else "granted", reasons, by=by)
    trail.write(
        session,
        "erased",
        by=by,
        kind=record.KIND,
        record_id=record.id,
        counts=erasure.report["removed"],
        request_no=asked.no,
    )
    certificate.remember(erasure.id, found.steps, values)
    return int(erasure.id)


def _check_identity(asked: PrivacyRequest) -> None:
    """The identity check on the same page, when the request has none yet (Y-D1)."""
    if identity.is_checked(asked):
        return
    method = request.form.get("identity_method", "")
    if not method:
        raise Refused(_("The identity of who asks was not checked yet. Choose how you checked it."))
    second_look = bool(request.form.get("second_look"))
    try:
        identity.record(db.session(), asked, method, by=current_user.id, second_look=second_look)
    except Invalid as error:
        names = {"method": "identity_method"}
        raise Invalid({names.get(name, name): said for name, said in error.errors.items()}) from error


def _scope(record: AnyCard) -> Scope:
    """The card, the ticked ones, and what is left of cards that were deleted while they were linked with it."""
    around = dossier.scope_of(db.session(), record)
    there = fates.of(db.session(), around)
    chosen = {(record.KIND, record.id), *_chosen(around)}
    chosen |= {key for key in around if key not in there}
    return Scope.of_cards(chosen)


def _chosen(around: Scope) -> set[tuple[str, int]]:
    """The cards whose boxes are ticked; `also=all` ticks every one."""
    ticked = request.values.getlist("also")
    if "all" in ticked:
        return set(around)
    return {(kind, id_) for kind, id_ in around if f"{kind}-{id_}" in ticked}


def _request(record: AnyCard) -> PrivacyRequest | None:
    """The request that is being answered: the one of the address, for one of these cards, or None."""
    id_ = whole(request.values.get("request"))
    if id_ is None:
        return None
    asked = register.of_card(db.session(), id_, record)
    if asked.kind not in _KINDS:
        raise NotFound()
    return asked


def _seal(record: AnyCard, digest: str) -> str:
    """What only Carnet can put behind the digest of a plan."""
    said = f"erase {record.KIND} {record.id} {digest}"
    return hmac.new(str(current_app.secret_key).encode(), said.encode(), sha256).hexdigest()


def _kept(found: Preview) -> Refused:
    documents = [document for fate in found.reduced for document in fate.documents]
    return Refused(
        _(
            "%(cards)s cannot be erased: the law keeps issued documents. Block and reduce it instead.",
            cards=display.enumeration([fate.card.no for fate in found.reduced]),
        ),
        records=documents[:LISTED],
    )


# -- the page ---------------------------------------------------------------------------------------


def _refusal(kind: str, id: int, error: CarnetError) -> Response:
    """The page again with the reason, or the reasons as JSON for who asks for that."""
    db.session.rollback()
    record = cards.load(BY_ADDRESS[kind], id)
    wants_json = request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    if wants_json:
        documents = [one for one in getattr(error, "records", []) if isinstance(one, Document)]
        body = jsonify(error=str(error), reasons=_as_reasons(documents))
        return make_response(body, error.status)
    errors: dict[str, Any] = {"": str(error.message)}
    if isinstance(error, Invalid):
        errors = {name: str(said[0]) for name, said in error.errors.items()}
    return _page(record, errors=errors, status=error.status)


def _as_reasons(documents: list[Document]) -> list[dict[str, Any]]:
    releases = retention.releases(db.session(), [document.id for document in documents])
    found = []
    for document in documents:
        release = releases.get(document.id)
        found.append(
            {
                "kind": document.kind,
                "no": document.no,
                "date": document.document_date.isoformat(),
                "law": [str(law.text) for law in release.laws] if release else [],
                "until": release.until.isoformat() if release else None,
            }
        )
    return found


def _page(record: AnyCard, *, errors: dict[str, Any] | None = None, status: int = 200) -> Response:
    session, asked = db.session(), _request(record)
    try:
        if asked is not None:
            register.check_unanswered(asked)
        found = erasing.preview(session, _scope(record))
    except Refused as problem:
        refusal = str(problem.message)
        return make_response(_render(record, refusal=refusal, asked=asked, errors={}, found=None), status)
    around = dossier.scope_of(session, record)
    named = mentions.find(session, dossier.collect(session, around))
    config: Config = current_app.config["CARNET"]
    body = _render(
        record,
        found=found,
        errors=errors or {},
        others=_others(record, found, around),
        asked=asked,
        methods=identity.methods(asked or PrivacyRequest(kind="erasure", subject_id=record.id)),
        must_identify=asked is None or not identity.is_checked(asked),
        plan=sealed(record, found),
        removed=erasing_words.counts(counts_of(found, "delete")),
        emptied=erasing_words.counts(counts_of(found, "empty")),
        keeping=_keeping(found),
        mentions=named[:LISTED],
        mention_count=len(named),
        backups=len(residue.exempt(config)),
        exported=_exported(found),
    )
    return make_response(body, status)


def _render(record: AnyCard, **values: Any) -> str:
    return render_template(
        "privacy/erase.html",
        record=record,
        type=next(one for one in BY_ADDRESS.values() if one.kind == record.KIND),
        DELETE=DELETE,
        REDUCE=REDUCE,
        WAIT=WAIT,
        typed=request.form,
        kinds=KINDS,
        **values,
    )


def counts_of(found: Preview, action: str) -> dict[str, int]:
    """How many rows of each table a plan deletes or empties."""
    counts: dict[str, int] = {}
    for step in found.steps:
        if step.action == action:
            counts[step.table] = counts.get(step.table, 0) + len(step.ids)
    return counts


def _keeping(found: Preview) -> list[dict[str, Any]]:
    """The cards that stay or wait, with their documents: which law keeps each, and until when."""
    shown = []
    for fate in (*found.waiting, *found.reduced):
        releases = retention.releases(db.session(), [document.id for document in fate.documents])
        laws = {law.source: law for release in releases.values() for law in release.laws}
        shown.append(
            {
                "fate": fate,
                "documents": [
                    {"document": document, "release": releases.get(document.id)}
                    for document in fate.documents[:LISTED]
                ],
                "count": len(fate.documents),
                "laws": list(laws.values()),
            }
        )
    return shown


def _others(record: AnyCard, found: Preview, around: Scope) -> list[Other]:
    """The other cards that may go too, each with its own fate (Y-H4, Y-H5)."""
    own = (record.KIND, record.id)
    return [
        Other(f"{kind}-{id_}", fate.card, fate, (kind, id_) in found.scope)
        for (kind, id_), fate in fates.of(db.session(), around).items()
        if (kind, id_) != own
    ]


def _exported(found: Preview) -> int:
    """How many files about these cards left Carnet: nobody can erase those."""
    return sum(len(step.ids) for step in found.steps if step.table == "privacy_exports")
