"""Card pages: sections shown, edited in place and saved, for all four kinds of card.

Every function answers a whole page, or for htmx the piece that changed. A save that cannot be done
shows the same form again with everything that was typed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, abort, make_response, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.common import (
    access,
    around_card,
    card_forms,
    card_templates,
    display,
    document_figures,
    history,
    htmx,
    interaction_lines,
    lookalikes,
    pages,
    privacy_section,
)
from blueprints.common.card_forms import CardForm
from blueprints.common.record_types import RecordType, Section
from extensions import db
from models import AnyCard, Contact
from services import fields, recent, records, relations, sync
from services import history as services_history
from services.errors import Conflict, ConflictField, Invalid, NotFound, Refused

SEEN_SEPARATOR = ","
UNDECIDED = "!"


@dataclass
class Editing:
    """A section while it is edited: its form, what went wrong, and the conflict to settle."""

    form: CardForm
    seen: str
    errors: dict[str, Any] = field(default_factory=dict)
    refusal: str = ""
    conflict: list[dict[str, Any]] = field(default_factory=list)
    matches: dict[str, list[Any]] = field(default_factory=dict)
    dirty: bool = False

    def problems(self) -> dict[str, Any]:
        """Every sentence for the summary on top, by field; "" for what has no field here."""
        found: dict[str, Any] = {name: errors for name, errors in self.form.errors.items() if name}
        other = [sentence for sentences in self.errors.values() for sentence in sentences]
        if self.refusal:
            other.append(self.refusal)
        if self.conflict:
            other.append(
                _(
                    "Somebody saved the same fields while you were typing. Choose which values to keep, then save."
                    " Everything else you typed is still here."
                )
            )
        return {**found, "": other} if other else found


def load(record_type: RecordType, record_id: int) -> Any:
    """The card of an address; 404 when there is none."""
    record = db.session.get(record_type.model, record_id) if record_id < 2**63 else None
    if record is None:
        raise NotFound()
    return record


def show_card(record_type: RecordType, record_id: int) -> Response:
    """The card with all its sections."""
    record = load(record_type, record_id)
    recent.note(current_user.id, record.KIND, record.id)
    return _page(record_type, record)


def show_section(record_type: RecordType, record_id: int, name: str) -> Response:
    """One section, read-only: what Cancel brings back."""
    record, section = load(record_type, record_id), _section(record_type, name)
    _check_visible(record, section)
    if not htmx.is_partial():
        return make_response(redirect(pages.card_url(record)))
    context = _section_context(record_type, record, section)
    return make_response(render_template("records/_section.html", **context))


def edit_section(record_type: RecordType, record_id: int, name: str) -> Response:
    """One section as a form."""
    record, section = load(record_type, record_id), _section(record_type, name)
    _check_visible(record, section)
    return _answer_form(record_type, record, section, _fresh(record, section), 200)


def save_section(record_type: RecordType, record_id: int, name: str) -> Response:
    """Save what was typed in a section, on this card and on every card in step with it."""
    record, section = load(record_type, record_id), _section(record_type, name)
    _check_visible(record, section)
    seen = sent_seen()
    form = card_forms.form_for(record.KIND, section.fields)
    editing = Editing(form, request.form["seen"], dirty=True)
    if (lookup := request.form.get("search", "")) in section.fields:
        editing.matches[lookup] = card_forms.lookup_matches(lookup, record)
        return _answer_form(record_type, record, section, editing, 200)
    try:
        typed = settled_values(record, form.values())
        saved = records.save(db.session(), record, typed, seen=seen, by=current_user.id)
    except Invalid as problem:
        editing.errors = form.show_errors(problem)
        return _answer_form(record_type, record, section, editing, 422)
    except Conflict as conflict:
        db.session.refresh(record)
        editing.conflict = conflict_rows(record, conflict, form.values())
        editing.seen = seen_again(record, editing.conflict)
        return _answer_form(record_type, record, section, editing, 409)
    except Refused as refusal:
        editing.refusal = str(refusal.message)
        return _answer_form(record_type, record, section, editing, 409)
    return _saved(record_type, record, section, saved)


def preview_section(record_type: RecordType, record_id: int, name: str) -> Response:
    """What saving the form would change elsewhere, and which other cards it makes this one look like.

    Changes nothing, and is silent about faulty input.
    """
    record, section = load(record_type, record_id), _section(record_type, name)
    alike: list[dict[str, Any]] = []
    try:
        typed = card_forms.form_for(record.KIND, section.fields).values()
        alike = lookalikes.of_changed(record, typed)
        changes = records.preview(db.session(), record, typed, seen=sent_seen())
    except (Invalid, Conflict, Refused):
        changes = []
    finally:
        db.session.rollback()
    sentences = effect_sentences(record, changes)
    return make_response(
        render_template(
            "records/_also.html",
            sentences=sentences,
            duplicates=alike,
            **around_card.reached(record, section),
        )
    )


def seen_of(record: AnyCard, names: Iterable[str]) -> str:
    """The digests of fields as they stand, for the hidden field of their form."""
    return _joined({name: fields.digest(name, getattr(record, name)) for name in names})


def effect_sentences(record: AnyCard, changes: list[sync.Change]) -> list[dict[str, Any]]:
    """For each changed field: its label, old and new value, and the other cards it reaches."""
    found: dict[tuple[str, Any], dict[str, Any]] = {}
    for change in changes:
        if change.record is record:
            continue
        key = (change.field, fields.as_text(change.new))
        one = found.setdefault(
            key,
            {
                "label": fields.label(change.field),
                "old": display.value(change.record.KIND, change.field, change.old),
                "new": display.value(change.record.KIND, change.field, change.new),
                "cards": [],
            },
        )
        one["cards"].append(change.record)
    for one in found.values():
        one["where"] = display.enumeration(display.card_names(one["cards"]))
    return list(found.values())


def saved_sentence(saved: records.Saved) -> str:
    """What a save did, in one sentence for the toast."""
    if not saved.changes:
        return _("Nothing was changed.")
    elsewhere = {id(change.record): change.record for change in saved.elsewhere}
    if not elsewhere:
        return _("Saved.")
    names = display.enumeration(
        list(dict.fromkeys(str(fields.label(change.field)) for change in saved.elsewhere))
    )
    numbers = [record.no for record in elsewhere.values()]
    if len(numbers) > 5:
        return _("Saved. Also changed on %(count)s cards: %(fields)s.", count=len(numbers), fields=names)
    return _(
        "Saved. Also changed on %(cards)s: %(fields)s.", cards=display.enumeration(numbers), fields=names
    )


# -- answers ----------------------------------------------------------------------------------------


def _page(
    record_type: RecordType,
    record: AnyCard,
    section: Section | None = None,
    editing: Editing | None = None,
    status: int = 200,
) -> Response:
    context = _context(record_type, record, section, editing)
    linked = [state.other for state in context["links"] if state.other is not None]
    return make_response(
        render_template(
            "records/card.html",
            neighbours=around_card.neighbours(record),
            privacy=privacy_section.of_card(record, linked, context["documents"]),
            problem=status >= 400,
            **context,
        ),
        status,
    )


def _answer_form(
    record_type: RecordType, record: AnyCard, section: Section, editing: Editing, status: int
) -> Response:
    if not htmx.is_partial():
        return _page(record_type, record, section, editing, status)
    context = _section_context(record_type, record, section, editing)
    return make_response(render_template("records/_section.html", **context), status)


def _saved(record_type: RecordType, record: AnyCard, section: Section, saved: records.Saved) -> Response:
    sentence = saved_sentence(saved)
    link = card_templates.history_url(record) if saved.changes else None
    following = _next_section(record_type, record, section) if request.form.get("next") else None
    if not htmx.is_partial():
        pages.notify(sentence, url=link, label=_("History"))
        if following is not None:
            return make_response(redirect(f"{pages.card_url(record)}/{following.name}/edit", 303))
        return make_response(redirect(pages.card_url(record), 303))
    touched = {change.field for change in saved.changes if change.record is record}
    if "type" in touched:
        # A person has other sections than a company: the whole card is shown anew.
        pages.notify(sentence, url=link, label=_("History"))
        return htmx.go_to(pages.card_url(record))
    others = [
        one
        for one in visible_sections(record_type, record)
        if one is not section and one is not following and touched & set(one.fields)
    ]
    context = _context(record_type, record, section, family=saved.family)
    if following is not None:
        context["following"] = _section_context(record_type, record, following, _fresh(record, following))
    return make_response(
        render_template(
            "records/_saved.html",
            others=others,
            sentence=sentence,
            history_url=link,
            persons_changed=any(change.record in context["persons"] for change in saved.elsewhere),
            **context,
        )
    )


def _context(
    record_type: RecordType,
    record: AnyCard,
    section: Section | None = None,
    editing: Editing | None = None,
    family: sync.Family | None = None,
) -> dict[str, Any]:
    """What the card's templates need: the page, and the answer to a save, which has read the family."""
    session = db.session()
    ends = relations.ends_of(session, record) if family is None else relations.ends_in(family, record)
    others = [other for _link, other in ends if other is not None]
    persons = around_card.persons(record, family)
    latest = services_history.of_card(session, record, limit=services_history.RECENT)
    return {
        **_section_context(record_type, record, section, editing, ends, persons),
        "links": relations.states(session, record, ends=ends, recent=latest),
        "timeline": interaction_lines.timeline(
            record, [*others, *persons], history.timeline(latest, [record, *others, *persons])
        ),
        # Whose interactions are shown: the card itself, or the contact of a customer or vendor.
        "logged_on": next((card.id for card in (record, *others) if isinstance(card, Contact)), None),
        "why_unlinked": None if ends or isinstance(record, Contact) else around_card.why_unlinked(record),
        "through_company": around_card.linked_through_company(record),
        "empty_commercial": card_templates.empty_commercial(record),
        # No save of a card changes them: its answer leaves them as they stand.
        "documents": document_figures.of_card(record, others) if family is None else None,
    }


def _section_context(
    record_type: RecordType,
    record: AnyCard,
    section: Section | None,
    editing: Editing | None = None,
    ends: Sequence[relations.End] | None = None,
    persons: list[Contact] | None = None,
) -> dict[str, Any]:
    """What the template of one section needs; `ends` and `persons` where they were read before."""
    if ends is None:
        ends = relations.ends_of(db.session(), record)
    if persons is None:
        persons = around_card.persons(record)
    others = [other for _link, other in ends if other is not None]
    sections = visible_sections(record_type, record)
    shown = {name: display.field(record, name) for one in sections for name in one.fields}
    return {
        "type": record_type,
        "record": record,
        "section": section,
        "editing": editing,
        "sections": sections,
        "values": shown,
        "brief": {one.name: display.brief(record, one.fields, shown) for one in sections},
        "shared_fields": {name for link, _other in ends if link.kind for name in fields.SHARED[link.kind]},
        "may_edit": access.can(record_type.permission),
        **around_card.reached_by(record, section, others, persons),
        "persons": persons,
    }


def visible_sections(record_type: RecordType, record: AnyCard) -> list[Section]:
    """The sections a card shows: a company has no section for a person."""
    hidden = {"person"} if isinstance(record, Contact) and record.type == "company" else set()
    return [section for section in record_type.sections if section.name not in hidden]


# -- helpers ----------------------------------------------------------------------------------------


def _fresh(record: AnyCard, section: Section) -> Editing:
    """A section's form with the values as they stand, whatever this request sent."""
    form = card_forms.form_for(record.KIND, section.fields)
    form.show({name: getattr(record, name) for name in section.fields})
    return Editing(form, seen_of(record, section.fields))


def _section(record_type: RecordType, name: str) -> Section:
    section = record_type.section(name)
    if section is None:
        raise NotFound()
    return section


def _check_visible(record: AnyCard, section: Section) -> None:
    if section.name == "person" and getattr(record, "type", "") == "company":
        raise NotFound()


def sent_seen() -> dict[str, str]:
    """The digests the form was shown with; a form without them is not one of ours."""
    sent = request.form.get("seen", "")
    if not sent:
        abort(400)
    seen = dict(pair.split("=", 1) for pair in sent.split(SEEN_SEPARATOR) if "=" in pair)
    for name, digest in seen.items():
        if digest.endswith(UNDECIDED):
            seen[name] = digest.removesuffix(UNDECIDED) if _taken(name) else ""
    return seen


def seen_again(record: AnyCard, conflict: list[dict[str, Any]]) -> str:
    """The digests of a form that is shown again to settle a conflict.

    A field in conflict has its present digest, marked: it counts only when one of the two values was taken.
    Every other field keeps the digest it was shown with: what its editor left alone stays left alone.
    """
    marked = {
        row["name"]: fields.digest(row["name"], getattr(record, row["name"])) + UNDECIDED for row in conflict
    }
    return _joined(sent_seen() | marked)


def _joined(seen: Mapping[str, str]) -> str:
    return SEEN_SEPARATOR.join(f"{name}={digest}" for name, digest in seen.items())


def _taken(name: str) -> str:
    """The side chosen for a field of a conflict: "mine", "theirs", or "" while it is undecided."""
    side = request.form.get(f"take_{name}", "")
    return side if side in ("mine", "theirs") else ""


def settled_values(record: AnyCard, typed: dict[str, Any]) -> dict[str, Any]:
    """The typed values after a conflict was settled: "theirs" keeps what is stored."""
    return {
        name: getattr(record, name) if _taken(name) == "theirs" else value for name, value in typed.items()
    }


def conflict_rows(record: AnyCard, conflict: Conflict, typed: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields to settle, and those settled before on the same page with the side that was taken."""
    stale = {one.name for one in conflict.fields}
    settled = [
        ConflictField(name, value, getattr(record, name))
        for name, value in typed.items()
        if name not in stale and _taken(name)
    ]
    return [
        {
            "name": one.name,
            "label": fields.label(one.name),
            "left": display.value(record.KIND, one.name, one.mine),
            "right": display.value(record.KIND, one.name, one.theirs),
            "chosen": None if one.name in stale else _taken(one.name),
            "by": display.user_name(one.changed_by),
            "at": one.changed_at,
        }
        for one in (*conflict.fields, *settled)
    ]


def _next_section(record_type: RecordType, record: AnyCard, section: Section) -> Section | None:
    sections = visible_sections(record_type, record)
    at = sections.index(section) + 1
    return sections[at] if at < len(sections) else None
