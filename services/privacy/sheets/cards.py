"""Cards and their links in the workbook: identity, customer, vendor, bank accounts, links, consents, notes."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import (
    MODELS,
    PARTY_KINDS,
    Document,
    Link,
    OpenItem,
    PaymentTerms,
    PrivacyBlock,
    RelationCode,
    TaxGroup,
)
from services import checks, fields
from services.privacy import blocks, reaching
from services.privacy.registry import Dossier, exports
from services.privacy.sheets.rows import Names, Row, Sources, columns_of, day_of, read, titled

# Folded copies by which cards are searched and compared: the values themselves are there.
_COPIES = ("search_name", "search_city", "search_text", "email_key", "phone_key", "mobile_key", "vat_key")
# Grounds by which a person says no; the others are the office's own.
_OBJECTIONS = ("objection", "withdrawal")


@exports("cards")
def export_cards(session: Session, dossier: Dossier) -> Sources:
    """The cards as they stand, each in the sheet of its kind and all of them in that of identity."""
    names = Names(session)
    return {
        "identity": lambda: _identities(session, dossier, names),
        "customer": lambda: _parties(session, dossier, names, "customer"),
        "vendor": lambda: _parties(session, dossier, names, "vendor"),
        "bank_accounts": lambda: _accounts(session, dossier),
        "notes": lambda: _notes(session, dossier),
        "consents": lambda: _consents(session, dossier, names),
    }


@exports("links")
def export_links(session: Session, dossier: Dossier) -> Sources:
    """The links of the cards, by numbers alone: the other end may be somebody else."""
    return {"links": lambda: _links(session, dossier)}


def _identities(session: Session, dossier: Dossier, names: Names) -> Iterator[Row]:
    # Computed through the links: a block on one card holds for all of them.
    blocked = {kind: blocks.active_among(session, kind, dossier.scope.of(kind)) for kind in MODELS}
    for kind, card in _cards(session, dossier):
        yield Row(
            f"{card.no}",
            {
                "record type": titled(kind, ""),
                "no": card.no,
                "civil title": getattr(card, "title", ""),
                "first name": getattr(card, "first_name", ""),
                "middle name": getattr(card, "middle_name", ""),
                "last name": getattr(card, "last_name", ""),
                "name": card.name,
                "name 2": card.name2,
                "company": names.number("contact", getattr(card, "company_id", None)),
                "job": getattr(card, "job_title", ""),
                "e-mail": card.email,
                "e-mail 2": getattr(card, "email2", ""),
                **{key: getattr(card, key) for key in ("phone", "mobile", "fax", "website")},
                **_address(card),
                "language": card.language,
                "birth date": getattr(card, "birth_date", None),
                "minor": _yes(getattr(card, "minor", None)),
                "parental consent": getattr(card, "guardian_consent_at", None),
                "parental consent by": getattr(card, "guardian_consent_by", ""),
                "tax id": getattr(card, "vat_no", ""),
                "registration no.": getattr(card, "registration_no", ""),
                "currency": getattr(card, "currency", ""),
                "created": card.created_at,
                "modified": card.updated_at,
                "privacy state": _("blocked for privacy") if blocked[kind].get(card.id) else "",
            },
            about=f"{kind}:{card.id}",
        )


def _parties(session: Session, dossier: Dossier, names: Names, kind: str) -> Iterator[Row]:
    terms = dict(session.execute(select(PaymentTerms.id, PaymentTerms.name)).all())
    groups = dict(session.execute(select(TaxGroup.id, TaxGroup.code)).all())
    balances = _balances(session, kind, dossier)
    held = _held(session, kind, dossier)
    for _kind, card in _cards(session, dossier, kind):
        since, reason = held.get(card.id, (None, ""))
        yield Row(
            f"{card.no}",
            {
                "no": card.no,
                "name": card.name,
                "name 2": card.name2,
                **_address(card),
                "contact person": card.contact_person,
                "contact person's job": card.contact_person_title,
                "primary contact": names.number("contact", card.primary_contact_id),
                "payment terms": terms.get(card.payment_terms_id, ""),
                "payment method": _word(kind, "payment_method", card.payment_method),
                "currency": card.currency,
                "tax id": card.vat_no,
                "registration no.": card.registration_no,
                "contact type": _word(kind, "contact_type", getattr(card, "contact_type", "")),
                "tax group": groups.get(getattr(card, "tax_group_id", None) or 0, ""),
                "credit limit": getattr(card, "credit_limit", None),
                "our account no.": getattr(card, "our_account_no", ""),
                "iban": checks.mask_iban(getattr(card, "iban", "")),
                "bic": getattr(card, "bic", ""),
                "blocked": _word(kind, "blocked", card.blocked),
                "reason": reason,
                "privacy blocked since": since,
                "balance": balances.get(card.id, "0.00"),
                "created": card.created_at,
                "modified": card.updated_at,
            },
        )


def _accounts(session: Session, dossier: Dossier) -> Iterator[Row]:
    held = _held(session, "bank_account", dossier)
    for kind, card in _cards(session, dossier, "bank_account"):
        since, reason = held.get(card.id, (None, ""))
        yield Row(
            f"{card.no}",
            {
                "no": card.no,
                "label": card.label,
                "bank": card.name,
                "branch": card.bank_branch_no,
                "account no.": checks.mask_iban(card.account_no),
                "iban": checks.mask_iban(card.iban),
                "bic": card.bic,
                "account currency": card.account_currency,
                "blocked": _word(kind, "blocked", card.blocked),
                "reason": reason,
                "privacy blocked since": since,
                "created": card.created_at,
                "modified": card.updated_at,
            },
        )


def _notes(session: Session, dossier: Dossier) -> Iterator[Row]:
    for kind, card in _cards(session, dossier):
        if card.notes:
            values = {"object type": titled(kind, ""), "object no.": card.no, "text": card.notes}
            day = day_of(card.updated_at)
            yield Row(card.no, {**values, "posting date": day}, day, f"{kind}:{card.id}")


def _consents(session: Session, dossier: Dossier, names: Names) -> Iterator[Row]:
    """Consents for minors, and what the person objected to or withdrew."""
    for _kind, card in _cards(session, dossier, "contact"):
        if card.guardian_consent_at is not None or card.guardian_consent_by:
            yield Row(
                card.no,
                {
                    "purpose": _("Keeping data of a minor"),
                    "given on": card.guardian_consent_at,
                    "how": card.guardian_consent_by,
                    "proof": card.no,
                },
            )
    for block in _blocks(session, dossier):
        if block.ground in _OBJECTIONS:
            when = "objection" if block.ground == "objection" else "withdrawn on"
            title = names.title(block.kind, block.record_id)
            yield Row(title, {"purpose": block.reason or title, when: block.since, "proof": title})


def _links(session: Session, dossier: Dossier) -> Iterator[Row]:
    names = Names(session)
    codes = dict(session.execute(select(RelationCode.id, RelationCode.code)).all())
    links = list(read(session, columns_of(Link), Link.id, dossier.of("links")))
    names.learn("contact", [link.contact_id for link in links])
    for kind in PARTY_KINDS:
        names.learn(kind, [getattr(link, f"{kind}_id") for link in links])
    for link in links:
        party_id = getattr(link, f"{link.kind}_id") if link.kind else None
        yield Row(
            f"{names.number('contact', link.contact_id)}–{names.number(link.kind, party_id)}",
            {
                "from type": titled("contact", ""),
                "from": names.number("contact", link.contact_id),
                "relation code": codes.get(link.relation_code_id, ""),
                "to type": titled(link.kind, "") if link.kind else "",
                "to": names.number(link.kind, party_id),
                "since": link.created_at,
                "until": None,
            },
        )


# -- helpers ----------------------------------------------------------------------------------------


def _cards(session: Session, dossier: Dossier, *kinds: str) -> Iterator[tuple[str, Any]]:
    for kind in kinds or tuple(MODELS):
        model = MODELS[kind]
        for card in read(session, columns_of(model, *_COPIES), model.id, dossier.of(model.__tablename__)):
            yield kind, card


def _address(card: Any) -> dict[str, str]:
    return {
        "address 1": card.address,
        "address 2": card.address2,
        "city": card.city,
        "province": card.region,
        "postal code": card.post_code,
        "country": card.country,
    }


def _word(kind: str, name: str, value: Any) -> str:
    """A value of a fixed list in words."""
    return str(fields.choices(kind, name).get(value, value))


def _yes(value: bool | None) -> str:
    return "" if value is None else _("yes") if value else _("no")


def _balances(session: Session, kind: str, dossier: Dossier) -> dict[int, str]:
    """By customer or vendor what is open, currency by currency; those without any are missing."""
    owner = Document.customer_id if kind == "customer" else Document.vendor_id
    found: dict[int, list[str]] = {}
    for some in reaching.chunks(dossier.scope.of(kind)):
        query = (
            select(owner, Document.currency, func.sum(OpenItem.amount))
            .join(OpenItem, OpenItem.document_id == Document.id)
            .where(owner.in_(some))
            .group_by(owner, Document.currency)
            .order_by(owner, Document.currency)
        )
        for id_, currency, amount in session.execute(query):
            found.setdefault(id_ or 0, []).append(f"{Decimal(amount):.2f} {currency}".strip())
    return {id_: ", ".join(amounts) for id_, amounts in found.items()}


def _blocks(session: Session, dossier: Dossier) -> Iterator[Any]:
    return read(session, columns_of(PrivacyBlock), PrivacyBlock.id, dossier.of("privacy_blocks"))


def _held(session: Session, kind: str, dossier: Dossier) -> dict[int, tuple[date, str]]:
    """Since when and why cards are blocked for privacy, through their links too; of several the oldest block."""
    found = blocks.active_among(session, kind, dossier.scope.of(kind))
    oldest = {id_: active[0] for id_, active in found.items()}
    ids = [one.id for one in oldest.values() if one.id is not None]
    wanted = [PrivacyBlock.id, PrivacyBlock.reason]
    reasons = {row.id: row.reason for row in read(session, wanted, PrivacyBlock.id, ids)}
    return {id_: (one.since, reasons.get(one.id or 0, "")) for id_, one in oldest.items()}
