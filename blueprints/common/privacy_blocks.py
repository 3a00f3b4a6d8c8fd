"""What blocks for privacy mean on pages: who is left out of lists, who cannot be chosen, and the banner."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask import g
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select

from blueprints.common import access, display, pages
from extensions import db
from models import MODELS, AnyCard
from services import clock, fields, formats, records
from services.privacy import blocks
from services.privacy.blocks import Active


@dataclass(frozen=True)
class Banner:
    """One line of a card's banner: the sentence, the card on which the block stands, the request, the way out."""

    sentence: str
    place_url: str
    place: str
    request_no: str
    request_url: str
    lift_url: str


def left_out(kind: str) -> list[ColumnElement[bool]]:
    """The condition of a list: without the cards that only the privacy desk reads (R-INV-2); mostly none.

    One question a request, so that a list costs what it did where nobody is hidden.
    """
    if not _are_any():
        return []
    return [MODELS[kind].id.not_in(blocks.hidden(kind, _today()))]


def hidden_count(kind: str) -> int:
    """How many cards of a kind are left out of the lists of this user."""
    if not _are_any():
        return 0
    counted = select(func.count()).select_from(blocks.hidden(kind, _today()).subquery())
    return db.session.scalar(counted) or 0


def hidden_cards(kinds: Collection[str]) -> set[tuple[str, int]]:
    """The cards of these kinds that are left out of what this user is shown by itself."""
    if not _are_any():
        return set()
    return {(kind, id_) for kind in kinds for id_ in db.session.scalars(blocks.hidden(kind, _today()))}


def not_to_choose(kind: str, ids: Collection[int]) -> tuple[dict[int, str], set[int]]:
    """Why cards that are suggested cannot be chosen, by id, and those of them whose names are not shown."""
    found = blocks.active_among(db.session(), kind, ids)
    unnamed = {
        id_ for id_, active in found.items() if blocks.hides(active) and not access.can("privacy_desk")
    }
    return dict.fromkeys(found, _("blocked for privacy")), unnamed


def banners(record: AnyCard) -> list[Banner]:
    """What the page of a card says about each block that holds for it (3.4)."""
    may_lift = access.can("privacy_desk")
    return [_banner(record, one, may_lift) for one in active(record)]


def active(record: AnyCard) -> list[Active]:
    """The blocks that hold for a card, read once for its page."""
    cache: dict[tuple[str, int], list[Active]] = g.setdefault("active_blocks", {})
    key = record.KIND, record.id
    if key not in cache:
        cache[key] = blocks.active(db.session(), record)
    return cache[key]


def _banner(record: AnyCard, one: Active, may_lift: bool) -> Banner:
    place = f"{pages.ADDRESSES[one.kind]}/{one.record_id}"
    values = {
        "date": formats.format_date(one.since, pages.number_locale()),
        "who": display.user_name(one.by_id),
    }
    if one.ground == "minor":
        sentence = _(
            "Blocked for privacy since %(date)s: a minor without the consent of a parent or guardian.",
            **values,
        )
    else:
        sentence = _("Blocked for privacy since %(date)s by %(who)s.", **values)
    lift = f"/{place}/privacy/consent" if one.ground == "minor" else f"/{place}/privacy/unblock"
    elsewhere = (one.kind, one.record_id) != (record.KIND, record.id)
    return Banner(
        sentence,
        place_url=f"/{place}" if elsewhere else "",
        place=_("%(kind)s %(no)s", kind=fields.KIND_NAMES[one.kind], no=one.no) if elsewhere else "",
        request_no=one.request_no,
        request_url=f"/privacy/requests/{one.request_id}" if may_lift and one.request_id else "",
        lift_url=lift if may_lift else "",
    )


def _are_any() -> bool:
    """Whether anybody is hidden, asked once a request."""
    if "are_hidden" not in g:
        g.are_hidden = not access.can("privacy_desk") and blocks.any_hidden(db.session())
    return bool(g.are_hidden)


def _today() -> Any:
    return clock.today(records.office(db.session()))
