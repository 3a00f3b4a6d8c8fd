"""What the sample company quoted, ordered, invoiced and paid: every kind of document, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import MODELS, BankAccount, Contact, Document, Item, Office, PaymentTerms, TaxGroup
from services import clock, history, interactions, items, settings
from services.demo import talk
from services.documents import converting, issuing, numbering, parties, payments, saving
from services.documents.kinds import KINDS
from services.printing import composing

ACCOUNT = "Compte courant / Chequing"
PAYMENT_TEXT = "Merci de votre confiance. / Thank you for your trust."
# Number, what the office calls it, unit, price, cost.
ITEMS = (
    ("ETA-90", "Étagère en érable, 90 cm / Maple shelf, 90 cm", "pc", "185", "74.50"),
    ("ETA-120", "Étagère en érable, 120 cm / Maple shelf, 120 cm", "pc", "229", "96"),
    ("TAB-CAFE", "Table de café / Café table", "pc", "410", "168"),
    ("CHAISE", "Chaise en frêne / Ash chair", "pc", "145", "61.25"),
    ("REP-H", "Réparation / Repair", "h", "75", None),
)
# Item or nothing, description, quantity, price.
Line = tuple[str, str, str, str]

SHELVES: tuple[Line, ...] = (
    ("ETA-120", "Étagères en érable huilé, 120 cm", "6", "229"),
    ("", "Livraison et pose", "1", "160"),
)
BREAD_RACKS: tuple[Line, ...] = (("ETA-90", "Présentoirs à pain, 90 cm", "4", "185"),)
TABLES: tuple[Line, ...] = (
    ("TAB-CAFE", "Café tables, oiled maple", "5", "410"),
    ("CHAISE", "Ash chairs", "20", "139"),
)
CHAIRS: tuple[Line, ...] = (("CHAISE", "Ash chairs, to be called off during the season", "60", "132"),)
WOOD: tuple[Line, ...] = (
    ("", "Érable dur, planches de 5/4, séchées", "420", "6.85"),
    ("", "Livraison à l’atelier", "1", "95"),
)


@dataclass(frozen=True)
class Step:
    """One step of a document: made for a card, made from another, issued, printed, sent, paid or cancelled."""

    days: int
    by: str
    key: str
    do: str
    kind: str = ""
    name: str = ""
    lines: tuple[Line, ...] = ()
    source: str = ""
    quantity: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def _overdue(days: int, key: str, quantity: str) -> tuple[Step, Step]:
    line = ("ETA-90", "Présentoirs à pain, 90 cm", quantity, "185")
    return (
        Step(days, "antoine", key, "make", "invoice", "Boulangerie Roy", (line,)),
        Step(days, "antoine", key, "issue"),
    )


# fmt: off
STEPS: tuple[Step, ...] = (
    *_overdue(45, "roy-1", "3"),
    Step(44, "antoine", "wood-asked", "make", "purchase_quote", "Ferme Lévesque & Filles", WOOD),
    Step(43, "antoine", "wood", "convert", "purchase_order", source="wood-asked"),
    Step(42, "marcus", "maple-quote", "make", "quote", "Maple Street Café", TABLES,
         values={"subject": "Tables and chairs for the terrace"}),
    Step(42, "marcus", "maple-quote", "send"),
    Step(41, "marcus", "maple-order", "convert", "order", source="maple-quote"),
    *_overdue(40, "roy-2", "2"),
    Step(39, "marcus", "harbour", "make", "blanket_order", "Harbour Hotel", CHAIRS, values={"reference": "HH-2209"}),
    Step(39, "marcus", "harbour", "send"),
    Step(39, "marcus", "harbour", "print"),
    Step(38, "antoine", "beaulieu-quote", "make", "quote", "Architectes Beaulieu", SHELVES,
         values={"subject": "Bibliothèque de la salle de réunion", "discount_percent": Decimal(5)}),
    Step(37, "antoine", "beaulieu-order", "convert", "order", source="beaulieu-quote"),
    Step(36, "marcus", "maple", "convert", "invoice", source="maple-order"),
    Step(36, "marcus", "maple", "issue"),
    Step(36, "marcus", "maple", "mail"),
    *_overdue(36, "roy-3", "1"),
    Step(35, "antoine", "wood-bill", "convert", "purchase_invoice", source="wood",
         values={"vendor_invoice_no": "4471-118"}),
    Step(35, "antoine", "wood-bill", "issue"),
    Step(34, "marcus", "lakeside", "make", "invoice", "Lakeside Gallery",
         (("", "Plinths for sculptures, white ash", "3", "240"),)),
    Step(34, "marcus", "lakeside", "issue"),
    Step(33, "antoine", "beaulieu", "convert", "invoice", source="beaulieu-order"),
    Step(33, "antoine", "beaulieu", "issue"),
    Step(33, "antoine", "beaulieu", "mail"),
    Step(32, "marcus", "tools", "make", "purchase_order", "Green Mountain Tools",
         (("", "Band saw blades, 1/2 in", "6", "38.50"),)),
    Step(31, "antoine", "clinic-order", "make", "service_order", "Clinique vétérinaire du Parc",
         (("REP-H", "Réparation du comptoir d’accueil", "4.5", "75"),)),
    Step(30, "marcus", "harbour-1", "convert", "order", source="harbour", quantity="24"),
    Step(30, "antoine", "dubois", "make", "purchase_invoice", "Quincaillerie Dubois",
         (("", "Vis et quincaillerie", "1", "312.40"), ("", "Colle à bois, 4 L", "6", "27.95")),
         values={"vendor_invoice_no": "QD-20881"}),
    Step(30, "antoine", "dubois", "issue"),
    Step(29, "marcus", "lakeside", "pay", values={"method": "card"}),
    Step(28, "marcus", "harbour-bill", "convert", "invoice", source="harbour-1"),
    Step(28, "marcus", "harbour-bill", "issue"),
    Step(27, "antoine", "dubois-return", "convert", "purchase_credit_memo", source="dubois",
         values={"vendor_invoice_no": "QD-20881-R"}),
    Step(26, "antoine", "ruelle", "make", "invoice", "Théâtre de la Ruelle",
         (("", "Praticables pour la scène", "8", "118"),)),
    Step(26, "antoine", "ruelle", "issue"),
    Step(26, "antoine", "ruelle", "print"),
    Step(25, "marcus", "oneill", "make", "service_order", "Margaret O’Neill",
         (("REP-H", "Repair of two dining chairs", "2", "75"),)),
    Step(24, "antoine", "clinic", "convert", "invoice", source="clinic-order"),
    Step(24, "antoine", "clinic", "issue"),
    Step(22, "zoe", "ruelle", "cancel"),
    Step(20, "marcus", "maple", "pay", values={"method": "transfer", "account": ACCOUNT}),
    Step(16, "antoine", "unal", "make", "quote", "Café Ünal",
         (("TAB-CAFE", "Tables de café, érable huilé", "8", "395"),),
         values={"subject": "Tables de la nouvelle salle"}),
    Step(16, "antoine", "unal", "send"),
    Step(15, "zoe", "wood-bill", "pay", values={"method": "transfer", "account": ACCOUNT}),
    Step(12, "marcus", "harbour-bill", "pay", values={"method": "transfer", "account": ACCOUNT, "amount": "1500"}),
    Step(11, "antoine", "vivace", "make", "order", "École de musique Vivace",
         (("ETA-90", "Étagères à partitions, 90 cm", "10", "175"),), values={"reference": "Classe 4"}),
    Step(11, "antoine", "vivace", "send"),
    Step(10, "antoine", "fortin", "make", "purchase_quote", "Électricité Fortin",
         (("", "Éclairage de la salle de montage", "1", "0"),)),
    Step(5, "antoine", "cote", "make", "invoice", "Boulangerie Côté", BREAD_RACKS),
    Step(5, "antoine", "cote", "issue"),
    Step(3, "antoine", "tilleuls", "make", "invoice", "Résidence Les Tilleuls",
         (("TAB-CAFE", "Tables basses du salon", "2", "410"), ("CHAISE", "Chaises", "8", "145"))),
    Step(2, "marcus", "harbour-2", "convert", "order", source="harbour", quantity="12"),
)
# fmt: on


def prepare(session: Session, office: Office, *, by: int) -> None:
    """The items, and how the office is paid."""
    for no, description, unit, price, cost in ITEMS:
        values = {
            "no": no,
            "description": description,
            "unit": unit,
            "unit_price": Decimal(price),
            "cost": Decimal(cost) if cost else None,
        }
        items.save(session, None, values, by=by)
    defaults = {
        "payment_text": PAYMENT_TEXT,
        "tax_group_id": session.scalars(select(TaxGroup.id).where(TaxGroup.code == "QC")).one(),
        "payment_terms_id": session.scalars(select(PaymentTerms.id).where(PaymentTerms.code == "30D")).one(),
    }
    settings.save_document_defaults(session, office, defaults)


def take(session: Session, step: Step, made: dict[str, Document], by: int) -> None:
    """Do one step; `made` holds the documents by their keys."""
    match step.do:
        case "make":
            made[step.key] = _make(session, step, by)
        case "convert":
            source = made[step.source]
            quantities = {source.lines[0].id: Decimal(step.quantity)} if step.quantity else None
            new = converting.convert(session, source, step.kind, quantities, by=by).document
            saving.save_header(session, new, step.values, by=by)
            made[step.key] = new
        case "issue":
            issuing.issue(session, made[step.key], make_pdf=composing.content_of, by=by)
        case "send":
            document = made[step.key]
            numbering.give(session, document, history.cause(by))
            content = composing.content_of(session, document)
            issuing.keep_sent_pdf(session, document, content, by=by)
            talk.mail(session, document, content, by)
        case "mail":
            document = made[step.key]
            talk.mail(session, document, composing.content_of(session, document), by)
        case "print":
            interactions.record(session, f"print_{made[step.key].kind}", by=by, document=made[step.key])
        case "pay":
            _pay(session, made[step.key], step.values, by)
        case "cancel":
            converting.cancel(session, made[step.key], make_pdf=composing.content_of, by=by)


def _make(session: Session, step: Step, by: int) -> Document:
    model = MODELS[KINDS[step.kind].side]
    card = session.scalar(select(model).where(model.name == step.name).order_by(model.id).limit(1))
    if card is None:
        contact = session.scalars(select(Contact).where(Contact.name == step.name)).one()
        card = parties.of_contact(session, step.kind, contact, by=by).owner
    document = saving.create(session, step.kind, card, step.values, by=by)
    numbers = dict(session.execute(select(Item.no, Item.id)).all())
    lines = [
        {
            "item_id": str(numbers[item]) if item else None,
            "description": description,
            "quantity": Decimal(quantity),
            "unit_price": Decimal(price),
        }
        for item, description, quantity, price in step.lines
    ]
    saving.add_lines(session, document, lines, by=by)
    return document


def _pay(session: Session, document: Document, values: Mapping[str, Any], by: int) -> None:
    account = session.scalar(select(BankAccount.id).where(BankAccount.label == values.get("account", "")))
    given = values.get("amount")
    paid = {
        "amount": Decimal(given) if given else payments.open_amount(session, document),
        "date": clock.today(session.get_one(Office, 1)),
        "method": values["method"],
        "bank_account_id": str(account) if account is not None else None,
    }
    payments.register(session, document, paid, by=by)
