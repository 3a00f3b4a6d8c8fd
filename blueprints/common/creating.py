"""Making a card by hand: one page with the fields that matter first; the rest is filled on the card."""

from typing import Any

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.common import card_forms, errors, lookalikes, once, pages
from blueprints.common.record_types import RecordType
from extensions import db
from models import Contact
from services import fields, making, records, sync
from services.errors import Invalid, Refused

FIRST = {
    "contact": (
        "no", "type", "name", "company_id", "job_title", "phone", "mobile", "email",
        "website", "address", "post_code", "city", "region", "country", "language", "currency", "vat_no",
        "salesperson_id",
    ),
    "customer": (
        "no", "contact_type", "name", "contact_person", "contact_person_title", "phone", "mobile", "email", "website",
        "address", "post_code", "city", "region", "country", "language", "currency", "vat_no", "salesperson_id",
        "payment_terms_id", "payment_method", "tax_group_id", "credit_limit",
    ),
    "vendor": (
        "no", "name", "contact_person", "contact_person_title", "phone", "mobile", "email", "website", "address",
        "post_code", "city", "region", "country", "language", "currency", "vat_no", "purchaser_id", "our_account_no",
        "payment_terms_id", "payment_method", "iban", "bic",
    ),
    "bank_account": (
        "no", "label", "name", "bank_branch_no", "account_no", "iban", "bic", "account_currency", "phone", "email",
        "website", "address", "post_code", "city", "region", "country", "language", "our_user_id",
    ),
}  # fmt: skip


class _LooksAlike(Exception):
    """There are possible duplicates that the form's user has not seen yet."""


def new_card(record_type: RecordType) -> Response:
    """The empty form, with what the office uses by default already in it (rule C4)."""
    form = _form(record_type)
    shown: dict[str, Any] = {"type": "company", "contact_type": "company", **_defaults(record_type)}
    for name in ("type", "name", "company_id"):
        if name in request.args and name in form._fields:
            shown[name] = (
                card_forms.whole(request.args[name]) if name == "company_id" else request.args[name][:100]
            )
    if shown.get("company_id"):
        # The company's own come first: the form does not offer the office's.
        shown = {name: value for name, value in shown.items() if name not in _defaults(record_type)}
    form.show(shown)
    return _page(record_type, form, 200)


def create_card(record_type: RecordType) -> Response:
    """Make the card, and with a party its contact; 303 to it, or the form again with what was typed.

    Possible duplicates that were not shown yet are shown first (200): sent again, the card is made.
    """
    form = _form(record_type)
    if (lookup := request.form.get("search", "")) in FIRST[record_type.kind]:
        return _page(record_type, form, 200, matches={lookup: card_forms.lookup_matches(lookup, None)})
    try:
        typed = _completed(record_type, form.values())
        return make_response(once.creating(lambda: _make_unless_alike(record_type, typed)))
    except _LooksAlike:
        db.session.rollback()
        return _page(record_type, form, 200, asking=True)
    except Invalid as problem:
        elsewhere = form.show_errors(problem)
        other = [sentence for sentences in elsewhere.values() for sentence in sentences]
        return _page(record_type, form, 422, other=other)
    except Refused as refusal:
        db.session.rollback()
        return _page(record_type, form, 409, other=[str(refusal.message)], link=errors.link_of(refusal))


def _make_unless_alike(record_type: RecordType, values: dict[str, Any]) -> str:
    # Asked inside the once-only stretch: the same form again leads to its card, and is not taken for its twin.
    if not lookalikes.are_known(lookalikes.of_form(record_type, values.get("company_id"))):
        records.preview_new(db.session(), record_type.kind, values)
        raise _LooksAlike()
    return _make(record_type, values)


def _make(record_type: RecordType, values: dict[str, Any]) -> str:
    saved = records.create(db.session(), record_type.kind, values, by=current_user.id)
    kind = fields.KIND_NAMES[record_type.kind]
    if saved.contact is not None:
        pages.notify(
            _(
                "Made %(kind)s %(no)s, and its contact %(contact)s.",
                kind=kind,
                no=saved.record.no,
                contact=saved.contact.no,
            )
        )
    else:
        pages.notify(_("Made %(kind)s %(no)s.", kind=kind, no=saved.record.no))
    return pages.card_url(saved.record)


def _form(record_type: RecordType) -> card_forms.CardForm:
    """The first fields, and any further field of the card that was sent."""
    first = FIRST[record_type.kind]
    more = [name for one in record_type.sections for name in one.fields if name in request.form]
    return card_forms.form_for(record_type.kind, dict.fromkeys((*first, *more)))


def _defaults(record_type: RecordType) -> dict[str, Any]:
    """What a new contact has unless it is typed or inherited: the office's language and country, its maker."""
    settings = pages.office()
    if record_type.kind != "contact" or settings is None:
        return {}
    return {"language": settings.language, "country": settings.country, "salesperson_id": current_user.id}


def _completed(record_type: RecordType, typed: dict[str, Any]) -> dict[str, Any]:
    """The typed values with the defaults of those that were not sent; a company's own come before them."""
    defaults = _defaults(record_type)
    company = db.session.get(Contact, typed["company_id"]) if typed.get("company_id") else None
    if company is None:
        return defaults | typed
    # What the form offered by itself was not typed: it gives way to what the company has.
    own = {name: value for name, value in typed.items() if value and value != defaults.get(name)}
    if any(own.get(name) for name in fields.ADDRESS) and "country" in typed:
        own["country"] = typed["country"]
    inherited = sync.inherited_by_new_person(fields.shared_of(company), own, records.office(db.session()))
    if any(name in inherited for name in fields.ADDRESS):
        # The address comes as one block, without a country when the company has none.
        defaults["country"] = ""
    return typed | defaults | inherited | own


def _page(
    record_type: RecordType,
    form: card_forms.CardForm,
    status: int,
    *,
    matches: dict[str, Any] | None = None,
    other: list[Any] | None = None,
    link: tuple[str, Any] | None = None,
    asking: bool = False,
) -> Response:
    problems = {name: errors for name, errors in form.errors.items() if name}
    settings = records.office(db.session())
    without_contact = (
        making.why_no_contact(settings, record_type.kind) if record_type.kind != "contact" else None
    )
    return make_response(
        render_template(
            "records/new.html",
            type=record_type,
            form=form,
            problems={**problems, "": other} if other else problems,
            problem=status >= 400,
            link=link,
            once_token=once.token(),
            matches=matches or {},
            dirty=request.method == "POST",
            asking=asking,
            creating=True,
            duplicates=lookalikes.shown(lookalikes.of_form(record_type), record_type)
            if request.method == "POST"
            else [],
            without_contact=without_contact,
            shared=set(fields.SHARED[record_type.kind]) if record_type.kind != "contact" else set(),
        ),
        status,
    )
