"""Lines of the history as people read them: on a card's timeline and history page, and in the activity."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import select

from blueprints.common import access, display, history_values, pages
from blueprints.common.record_types import RECORD_TYPES
from extensions import db
from models import MODELS, AnyCard, Document, HistoryEntry, Item
from services import activity, fields, formats, history
from services.documents.kinds import KINDS

Key = tuple[str, int]

# What a group is called after, when one action did several things: creating a card also links it.
_WEIGHT = (
    *("deleted", "restored", "credited", "issued", "paid", "payment_cancelled", "converted"),
    *("privacy_blocked", "privacy_lifted", "privacy_undone"),
    *("created", "linked", "unlinked", "changed"),
)
# What one action did, on the card itself; then where it was no link with a card, but a free relation code.
_OF_CARD = {
    "created": _l("Created"),
    "deleted": _l("Deleted"),
    "restored": _l("Brought back from the bin"),
    "linked": _l("Linked with %(card)s"),
    "unlinked": _l("Unlinked from %(card)s"),
    "issued": _l("Issued"),
    "credited": _l("Credited with %(card)s"),
    "paid": _l("Payment of %(amount)s registered"),
    "payment_cancelled": _l("Payment of %(amount)s cancelled"),
    "converted": _l("Converted to %(card)s"),
    "privacy_blocked": _l("Blocked for privacy"),
    "privacy_lifted": _l("Block for privacy lifted"),
    "privacy_undone": _l("Block for privacy undone"),
}
_OF_CODES = {"linked": _l("Relation code added"), "unlinked": _l("Relation code removed")}
# Their sentences name the other card, or have none: nothing came from it.
_WITHOUT_SOURCE = (*_OF_CODES, "converted", "credited")


@dataclass(frozen=True)
class Card:
    """A card that a line mentions, with its name where that helps; `url` is "" once it is deleted."""

    title: str
    name: str
    url: str
    named: bool = False

    def __html__(self) -> str:
        if not self.url:
            return str(Markup("<strong>{}</strong>").format(self.title))
        link = Markup('<a href="{}" title="{}">{}</a>').format(self.url, self.name, self.title)
        return str(link + Markup(" <bdi>{}</bdi>").format(self.name) if self.named else link)


@dataclass(frozen=True)
class Line:
    """One thing that happened: when, by whom, the sentence, the values, and the card it came from."""

    at: datetime
    who: str
    text: Markup
    values: list[history_values.Value]
    origin: Card | None = None


def timeline(entries: Sequence[HistoryEntry], known: Iterable[AnyCard], limit: int = 8) -> list[Line]:
    """The latest lines of a card, one for each action on it; `known` are cards that need not be read."""
    return _lines_of_card(entries, known, limit)


def of_item(item: Item, limit: int = 8) -> list[Line]:
    """The latest lines of an item."""
    return _lines_of_card(history.of_card(db.session(), item, limit=history.RECENT), limit=limit)


def card_page(record: AnyCard, before: int | None, limit: int = 100) -> tuple[list[Line], int | None]:
    """A page of a card's history, and where the next one begins; None when this is the last."""
    entries = history.of_card(db.session(), record, before=before, limit=limit + 1)
    older = entries[limit - 1].id if len(entries) > limit else None
    return _lines_of_card(entries[:limit]), older


def activity_page(before: int | None = None, limit: int = 30) -> tuple[list[Line], int | None]:
    """What happened on all cards, one line for each save or import, and where the next page begins."""
    groups, older = activity.latest(db.session(), before=before, limit=limit)
    cards = _cards(entry for group in groups for entry in group.entries)
    return [
        _import_line(group) if group.batch else _group_line(group.entries, cards) for group in groups
    ], older


# -- lines of one card ------------------------------------------------------------------------------


def _lines_of_card(
    entries: Sequence[HistoryEntry], known: Iterable[AnyCard] = (), limit: int | None = None
) -> list[Line]:
    groups: dict[tuple[str, str], list[HistoryEntry]] = {}
    for entry in entries:
        groups.setdefault((entry.change_id, entry.action), []).insert(0, entry)
    shown = list(groups.values())[:limit]
    cards = _cards((entry for group in shown for entry in group), known)
    return [_card_line(group, cards) for group in shown]


def _card_line(entries: list[HistoryEntry], cards: dict[Key, Card]) -> Line:
    first = entries[0]
    origin = _origin(first, cards)
    if first.action == "changed":
        text = _say(_("%(fields)s changed"), fields=history_values.names(entries))
    else:
        sentences = _OF_CODES if origin is None and first.action in _OF_CODES else _OF_CARD
        text = _say(str(sentences[first.action]), card=origin, amount=_amount(first))
    values = [] if first.action in _OF_CODES else history_values.of(entries)
    source = None if first.action in _WITHOUT_SOURCE else origin
    return Line(first.at, display.user_name(first.by_id), text, values, source)


def _amount(entry: HistoryEntry) -> str:
    """What was paid, or what of it was cancelled."""
    stored = entry.new or entry.old
    if entry.field != "amount" or not stored:
        return ""
    return formats.format_number(Decimal(stored), pages.number_locale(), 2)


# -- lines of all cards -----------------------------------------------------------------------------


def _group_line(entries: list[HistoryEntry], cards: dict[Key, Card]) -> Line:
    """One sentence for everything that an action wrote on any card."""
    action = min((entry.action for entry in entries), key=_WEIGHT.index)
    acting = [entry for entry in entries if entry.action == action]
    main = next((entry for entry in acting if entry.origin_id is None), acting[0])
    others = [cards[key] for key in dict.fromkeys(map(_key, acting)) if key != _key(main)]
    own = [entry for entry in acting if _key(entry) == _key(main)]
    text = _say(
        _sentence(action, main, len(others)),
        card=replace(cards[_key(main)], named=True),
        other=_origin(main, cards),
        others=_listed(others),
        fields=history_values.names(own),
    )
    return Line(main.at, display.user_name(main.by_id), text, history_values.of(own))


def _sentence(action: str, main: HistoryEntry, others: int) -> str:
    """The sentence of a group, its names still to be put in."""
    if action == "changed" and others and main.kind in MODELS:
        names = {"card": "%(card)s", "fields": "%(fields)s"}
        return ngettext(
            "%(fields)s changed on %(card)s and %(num)s linked card",
            "%(fields)s changed on %(card)s and %(num)s linked cards",
            others,
            **names,
        )
    together = {
        "deleted": _("%(card)s deleted, with %(others)s"),
        "restored": _("%(card)s brought back, with %(others)s"),
        "created": _("%(card)s created, with %(others)s"),
    }
    alone = {
        "deleted": _("%(card)s deleted"),
        "restored": _("%(card)s brought back from the bin"),
        "created": _("%(card)s created"),
        "linked": _("%(card)s linked with %(other)s"),
        "unlinked": _("%(card)s unlinked from %(other)s"),
        "changed": _("%(fields)s changed on %(card)s") if main.kind in MODELS else _("%(card)s changed"),
        "issued": _("%(card)s issued"),
        "credited": _("%(card)s credited with %(other)s"),
        "paid": _("Payment of %(card)s registered"),
        "payment_cancelled": _("Payment of %(card)s cancelled"),
        "converted": _("%(card)s converted to %(other)s"),
        "privacy_blocked": _("%(card)s blocked for privacy"),
        "privacy_lifted": _("Block for privacy of %(card)s lifted"),
        "privacy_undone": _("Block for privacy of %(card)s undone"),
    }
    if action in ("linked", "unlinked") and main.origin_id is None:
        added, removed = _("Relation code added to %(card)s"), _("Relation code removed from %(card)s")
        return added if action == "linked" else removed
    return together[action] if others and action in together else alone[action]


def _import_line(group: activity.Group) -> Line:
    words = []
    plurals = {kind: record_type.plural for kind, record_type in RECORD_TYPES.items()}
    for kind, plural in {**plurals, Item.KIND: _("Items")}.items():
        created, changed, deleted = (
            group.counts.get((kind, did), 0) for did in ("created", "changed", "deleted")
        )
        if created or changed or deleted:
            counts = [
                ngettext("%(num)s created", "%(num)s created", created) if created else "",
                ngettext("%(num)s changed", "%(num)s changed", changed) if changed else "",
                ngettext("%(num)s deleted", "%(num)s deleted", deleted) if deleted else "",
            ]
            listed = display.enumeration([count for count in counts if count])
            words.append(_("%(kinds)s: %(counts)s", kinds=plural, counts=listed))
    said = (
        _("Import %(no)s. %(what)s")
        if group.batch.startswith("IMP")
        else _("Contacts made: %(no)s. %(what)s")
    )
    text = _say(said, no=group.batch, what=" · ".join(words))
    return Line(group.last.at, display.user_name(group.last.by_id), text, [])


# -- helpers ----------------------------------------------------------------------------------------


def _say(sentence: str, **names: Any) -> Markup:
    """A translated sentence with cards as links; everything put in is escaped."""
    card = names.get("card")
    if card is not None and sentence.startswith("%(card)s"):
        names["card"] = replace(card, title=card.title[:1].upper() + card.title[1:])
    return Markup(sentence) % names


def _listed(cards: list[Card]) -> Markup:
    return Markup(", ").join(cards)


def _key(entry: HistoryEntry) -> Key:
    return entry.kind, entry.record_id


def _origin(entry: HistoryEntry, cards: dict[Key, Card]) -> Card | None:
    return cards[(entry.origin_kind, entry.origin_id)] if entry.origin_id is not None else None


def _cards(entries: Iterable[HistoryEntry], known: Iterable[AnyCard] = ()) -> dict[Key, Card]:
    """Every card that the lines mention, in two queries for each kind where they are not known."""
    wanted: dict[str, set[int]] = {}
    for entry in entries:
        wanted.setdefault(entry.kind, set()).add(entry.record_id)
        if entry.origin_id is not None:
            wanted.setdefault(entry.origin_kind, set()).add(entry.origin_id)
    found: dict[Key, Card] = {}
    for card in known:
        if card.id in wanted.get(card.KIND, ()):
            found[(card.KIND, card.id)] = _card(card.KIND, card.id, card.no, card.name)
            wanted[card.KIND].remove(card.id)
    for kind, ids in wanted.items():
        if not ids:
            continue
        if kind == Document.KIND:
            found |= _documents(ids)
            continue
        model: Any = Item if kind == Item.KIND else MODELS[kind]
        called = Item.description if kind == Item.KIND else model.name
        for id_, no, name in db.session.execute(select(model.id, model.no, called).where(model.id.in_(ids))):
            found[(kind, id_)] = _card(kind, id_, no, name)
        gone = [id_ for id_ in ids if (kind, id_) not in found]
        numbers = activity.numbers_of_deleted(db.session(), kind, gone) if gone else {}
        for id_ in gone:
            found[(kind, id_)] = Card(_title(kind, numbers.get(id_, "")), "", "")
    return found


def _card(kind: str, id_: int, no: str, name: str) -> Card:
    if kind == Item.KIND:
        return Card(_title(kind, no), name, f"/settings/items/{id_}" if access.can("items") else "")
    return Card(_title(kind, no), name, f"/{pages.ADDRESSES[kind]}/{id_}")


def _documents(ids: set[int]) -> dict[Key, Card]:
    """The documents that the lines mention; one that was deleted is called by the number it had."""
    columns = (Document.id, Document.kind, Document.no, Document.name)
    found: dict[Key, Card] = {}
    for id_, kind, no, name in db.session.execute(select(*columns).where(Document.id.in_(ids))):
        title = _("%(kind)s %(no)s", kind=KINDS[kind].label, no=no).strip()
        found[(Document.KIND, id_)] = Card(title, name, pages.document_url(kind, id_))
    gone = [id_ for id_ in ids if (Document.KIND, id_) not in found]
    numbers = activity.numbers_of_deleted(db.session(), Document.KIND, gone) if gone else {}
    for id_ in gone:
        title = _("%(kind)s %(no)s", kind=_("Document"), no=numbers.get(id_, "")).strip()
        found[(Document.KIND, id_)] = Card(title, "", "")
    return found


def _title(kind: str, no: str) -> str:
    what = _("Item") if kind == Item.KIND else fields.KIND_NAMES[kind]
    return _("%(kind)s %(no)s", kind=what, no=no).strip()
