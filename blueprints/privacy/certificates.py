"""The certificate of an erasure: what went, what stays and until when, and that nothing else is left."""

from datetime import date
from typing import Any

from flask import Response, current_app, redirect, render_template
from flask_babel import gettext as _

from blueprints.common import display, downloads, pages
from blueprints.common.access import access
from blueprints.privacy.deleting import blueprint
from extensions import db
from models import PrivacyErasure, PrivacyRequest
from models.base import now
from services import clock, records
from services.documents.kinds import KINDS
from services.errors import Refused
from services.privacy import certificate, certificate_pdf, erasing_words


@blueprint.get("/privacy/erasures/<int:id>")
@access("privacy_desk")
def show_erasure(id: int) -> Any:
    erasure = certificate.get(db.session(), id)
    return render_template(
        "privacy/erasure.html",
        erasure=erasure,
        asked=db.session.get_one(PrivacyRequest, erasure.request_id),
        report=erasure.report,
        who=display.user_name(erasure.by_id),
        removed=erasing_words.counts(erasure.report["removed"]),
        emptied=erasing_words.counts(erasure.report["emptied"]),
        kept=_kept(erasure),
        laws=erasing_words.laws(erasure.report),
        sentences=erasing_words.sentences(erasure.report, pages.number_locale()),
        is_intact=certificate.is_intact(erasure),
        cards=_cards(erasure),
    )


@blueprint.post("/privacy/erasures/<int:id>/check")
@access("privacy_desk", own_transaction=True)
def check_erasure(id: int) -> Any:
    """Look again for what is left, where something was in the way."""
    certificate.get(db.session(), id)
    certificate.finish(db.session(), current_app.config["CARNET"], id, thorough=True)
    return redirect(f"/privacy/erasures/{id}", 303)


@blueprint.get("/privacy/erasures/<int:id>/pdf")
@access("privacy_desk")
def erasure_pdf(id: int) -> Response:
    session = db.session()
    erasure = certificate.get(session, id)
    if not certificate.is_intact(erasure):
        raise Refused(certificate.NONE_YET)
    asked = session.get_one(PrivacyRequest, erasure.request_id)
    office = records.office(session)
    content = certificate_pdf.make(
        erasure, asked, office, locale=pages.number_locale(), day=clock.local(now(), office).date()
    )
    return downloads.file(content, "application/pdf", f"{asked.no}.pdf")


def _kept(erasure: PrivacyErasure) -> list[dict[str, Any]]:
    """The documents that the law keeps, with their days."""
    return [
        {
            "name": _("%(kind)s %(no)s", kind=KINDS[one["kind"]].label, no=one["no"]),
            "date": date.fromisoformat(one["date"]),
            "until": date.fromisoformat(one["until"]) if one["until"] else None,
        }
        for one in erasure.report["kept"]
    ]


def _cards(erasure: PrivacyErasure) -> list[dict[str, Any]]:
    """The cards by number, and what became of each; one that the law keeps has a page still."""
    return [
        {
            "said": erasing_words.of_card(card),
            "url": f"/{pages.ADDRESSES[card['kind']]}/{card['id']}" if card["fate"] == "reduce" else "",
        }
        for card in erasure.report["cards"]
    ]
