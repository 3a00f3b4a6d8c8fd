"""The sample company: an office in Montréal, its people, its cards, and what happened to them lately.

It is entered through the same doors as any other company, with the clock set back to each day.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

import models.base
from extensions import db
from models import (
    MODELS,
    AnyCard,
    Contact,
    Document,
    NumberSeries,
    Office,
    PartyTemplate,
    PaymentTerms,
    PrivacyRequest,
    RelationCode,
    TaxGroup,
    User,
)
from services import accounts, database, deletion, fields, links, passwords, records, settings
from services.demo import desk, papers, talk
from services.demo.cards import ENTRIES, Entry, PartyEntry
from services.demo.story import EVENTS, Changed, Deleted, Event, Linked, Unlinked

TIMEZONE = "America/Toronto"
PASSWORD = "shelves of maple"
# Key, name, language, roles.
USERS = (
    ("zoe", "Zoé Caron", "en", ("admin", "clerk", "privacy_officer")),
    ("antoine", "Antoine Gagné", "fr", ("clerk",)),
    ("marcus", "Marcus Webb", "en", ("clerk",)),
    ("odile", "Odile Bergeron", "fr", ("privacy_officer",)),
    ("priya", "Priya Nair", "en", ()),
)
COMPANY = {
    "address": "150, rue Beaubien Est",
    "post_code": "H2S 1R2",
    "city": "Montréal",
    "region": "QC",
    "phone": "514 555-0190",
    "email": "bonjour@atelier-roy.example",
    "website": "https://www.atelier-roy.example",
    "vat_no": "123452021RT0001",
}
# What the office calls its codes: both languages read them.
SERIES_AND_CODES = {
    "CONT": "Contacts",
    "CUST": "Clients / Customers",
    "VEND": "Fournisseurs / Vendors",
    "BANK": "Comptes bancaires / Bank accounts",
    "PRESS": "Presse / Press",
    "S-QUOTE": "Devis / Quotes",
    "S-ORDER": "Commandes / Orders",
    "S-BLANKET": "Commandes ouvertes / Blanket orders",
    "S-SERVICE": "Commandes service / Service orders",
    "S-INVOICE": "Factures / Invoices",
    "S-CREDIT": "Avoirs / Credit memos",
    "P-QUOTE": "Demandes de prix / Purchase quotes",
    "P-ORDER": "Commandes achat / Purchase orders",
    "P-INVOICE": "Factures achat / Purchase invoices",
    "P-CREDIT": "Avoirs achat / Purchase credit memos",
}
TERMS_AND_TAXES = {
    "NOW": "Sur réception / On receipt",
    "30D": "30 jours / 30 days",
    "30EOM": "30 jours, fin de mois / 30 days, end of month",
    "QC": "Québec : TPS et TVQ / GST and QST",
    "CA": "Canada : TPS / GST",
    "HST13": "Ontario : TVH / HST",
    "HST14": "Nouvelle-Écosse / Nova Scotia: TVH / HST",
    "HST15": "Atlantique / Atlantic: TVH / HST",
    "EXEMPT": "Sans taxe / No tax",
}
# Kind, code, description, and what a new card gets where it has nothing itself.
TEMPLATES = (
    ("customer", "QC", "Québec", {"terms": "30D", "method": "transfer", "tax": "QC", "currency": "CAD"}),
    ("customer", "ON", "Ontario", {"terms": "30D", "method": "transfer", "tax": "HST13", "currency": "CAD"}),
    ("customer", "ABROAD", "Étranger / Abroad", {"terms": "NOW", "method": "card"}),
    ("vendor", "GENERAL", "Canada", {"terms": "30D", "method": "transfer", "currency": "CAD"}),
    ("vendor", "ABROAD", "Étranger / Abroad", {"terms": "NOW", "method": "transfer"}),
)
SET_UP_DAYS = 50

Go = Callable[[int], None]
Ids = Mapping[str, int]


def prepare(app: Any) -> None:
    """Build the sample company in a database without users, and say who can sign in."""
    with app.app_context():
        session = db.session()
        with database.writing(session):
            if session.scalar(select(User.id).limit(1)) is None:
                build(session)
                session.commit()
    print(f"Sample company: sign in with the password  {PASSWORD}  as")
    for key, name, language, roles in USERS:
        print(f"  {email_of(key):30}{name}, {language}: {', '.join(roles) or 'reading only'}")


def build(session: Session) -> None:
    """Fill an empty database with the sample company; flushes, the caller commits."""
    with _clock_set_back() as go:
        go(SET_UP_DAYS)
        office = _office(session)
        users = _users(session)
        _templates(session)
        papers.prepare(session, office, by=users["zoe"])
        desk.prepare(session, by=users["odile"])
        made: dict[str, Document] = {}
        asked: dict[str, PrivacyRequest] = {}
        steps = (*ENTRIES, *EVENTS, *papers.STEPS, *talk.TALKS, *desk.TASKS)
        for step in sorted(steps, key=lambda one: -one.days):
            go(step.days)
            if isinstance(step, Entry):
                _enter(session, step, users)
            elif isinstance(step, PartyEntry):
                _enter_party(session, office, step, users)
            elif isinstance(step, papers.Step):
                papers.take(session, step, made, users[step.by])
            elif isinstance(step, talk.Talk):
                talk.happen(session, step, users[step.by])
            elif isinstance(step, desk.Task):
                desk.take(session, step, asked, users[step.by])
            else:
                _happen(session, step, users[step.by])


def email_of(key: str) -> str:
    """With what a user of the sample company signs in."""
    return f"{key}@atelier-roy.example"


# -- the office -------------------------------------------------------------------------------------


def _office(session: Session) -> Office:
    office = settings.first_settings(
        session, name="Atelier Roy inc.", currency="CAD", language="fr-CA", country="CA", timezone=TIMEZONE
    )
    office.is_demo = True
    settings.save_company(office, COMPANY)
    for series in session.scalars(select(NumberSeries)):
        series.description = SERIES_AND_CODES[series.code]
    for code in session.scalars(select(RelationCode)):
        code.description = SERIES_AND_CODES[code.code]
    for terms in session.scalars(select(PaymentTerms)):
        terms.name = TERMS_AND_TAXES[terms.code]
    for group in session.scalars(select(TaxGroup)):
        group.name = TERMS_AND_TAXES[group.code]
    return office


def _users(session: Session) -> dict[str, int]:
    return {
        key: accounts.add_user(
            session,
            name=name,
            email=email_of(key),
            language=language,
            country="CA",
            roles=roles,
            password_hash=passwords.hashed(PASSWORD),
        ).id
        for key, name, language, roles in USERS
    }


def _templates(session: Session) -> None:
    for kind, code, description, values in TEMPLATES:
        row = {
            "kind": kind,
            "code": code,
            "description": description,
            "payment_method": values.get("method", ""),
            "currency": values.get("currency", ""),
        }
        settings.save_template(session, None, row | _settled(session, values))


# -- cards ------------------------------------------------------------------------------------------


def _enter(session: Session, entry: Entry, users: Ids) -> None:
    by = users[entry.by]
    values = {"salesperson_id": by} | entry.values
    contact = records.create(session, "contact", values, by=by).record
    assert isinstance(contact, Contact)
    persons = [
        records.create(session, "contact", {"company_id": contact.id} | person, by=by).record
        for person in entry.persons
    ]
    for kind, given in entry.parties:
        party = links.create_as(
            session, contact, kind, template=_template(session, kind, given), by=by
        ).record
        more = _settled(session, given)
        if "our_user" in given:
            more["our_user_id"] = users[given["our_user"]]
        if "primary" in given:
            more["primary_contact_id"] = persons[given["primary"]].id
        records.save(session, party, more, by=by)
    for code in entry.codes:
        links.add_relation(session, contact, _row(session, RelationCode, code), by=by)


def _enter_party(session: Session, office: Office, entry: PartyEntry, users: Ids) -> None:
    by = users[entry.by]
    values = _settled(session, entry.values)
    if entry.kind == "customer":
        values["salesperson_id"] = by
    office.create_contacts = entry.linked
    records.create(session, entry.kind, values, by=by)
    office.create_contacts = True


def _settled(session: Session, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values for the doors: codes of terms and taxes become the keys of their rows."""
    values = {name: value for name, value in given.items() if name in fields.FIELDS}
    if "terms" in given:
        values["payment_terms_id"] = _row(session, PaymentTerms, given["terms"]).id
    if "tax" in given:
        values["tax_group_id"] = _row(session, TaxGroup, given["tax"]).id
    return values


def _template(session: Session, kind: str, given: Mapping[str, Any]) -> PartyTemplate | None:
    if "template" not in given:
        return None
    wanted = select(PartyTemplate).where(PartyTemplate.kind == kind, PartyTemplate.code == given["template"])
    return session.scalars(wanted).one()


def _row(session: Session, model: Any, code: str) -> Any:
    return session.scalars(select(model).where(model.code == code)).one()


# -- what happened ----------------------------------------------------------------------------------


def _happen(session: Session, event: Event, by: int) -> None:
    card = _card(session, event.kind, event.name)
    match event:
        case Changed():
            records.save(session, card, event.values, by=by)
        case Linked():
            contact = _card(session, "contact", event.contact)
            assert isinstance(contact, Contact)
            links.link(session, contact, card, event.wins, by=by)
        case Unlinked():
            links.unlink(session, records.links_of(session, card)[0], by=by)
        case Deleted():
            linked = deletion.plan(session, card).linked if event.with_linked else []
            deletion.delete(session, card, also=linked, by=by)


def _card(session: Session, kind: str, name: str) -> AnyCard:
    """The card of this name; the first of several."""
    model = MODELS[kind]
    return session.scalars(select(model).where(model.name == name).order_by(model.id).limit(1)).one()


# -- the clock --------------------------------------------------------------------------------------


@contextmanager
def _clock_set_back() -> Iterator[Go]:
    """Carnet's clock in these hands: `go` sets it to a working day so many working days ago.

    It is some time between half past eight and half past one, and a quarter of an hour later each time again.
    """
    real = models.base._clock
    moment = datetime.min.replace(tzinfo=ZoneInfo(TIMEZONE))
    today = real().astimezone(ZoneInfo(TIMEZONE)).date()

    def go(days: int) -> None:
        nonlocal moment
        opening = datetime.combine(_working_day(today, days), time(8, 30), ZoneInfo(TIMEZONE))
        moment = max(opening + timedelta(minutes=days * 37 % 300), moment + timedelta(minutes=15))

    models.base._clock = lambda: moment.astimezone(UTC)
    try:
        yield go
    finally:
        models.base._clock = real


def _working_day(today: date, days: int) -> date:
    """The day that many working days before today."""
    day = today
    while days:
        day -= timedelta(days=1)
        days -= day.weekday() < 5
    return day
