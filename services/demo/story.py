"""What happened at the sample company since its cards were entered: changes, a link, an unlinking, deletions."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Changed:
    """Values changed on one card by one user, so many working days ago."""

    days: int
    by: str
    kind: str
    name: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Linked:
    """A party linked with a contact that existed already; `wins` says which side is kept, field by field."""

    days: int
    by: str
    kind: str
    name: str
    contact: str
    wins: dict[str, str]


@dataclass(frozen=True)
class Unlinked:
    """A party that follows its contact no more."""

    days: int
    by: str
    kind: str
    name: str


@dataclass(frozen=True)
class Deleted:
    """A card put into the bin, alone or with the cards linked with it."""

    days: int
    by: str
    kind: str
    name: str
    with_linked: bool = False


Event = Changed | Linked | Unlinked | Deleted

EVENTS: tuple[Event, ...] = (
    Deleted(9, "antoine", "contact", "Boulangerie Cote"),
    Changed(9, "antoine", "vendor", "Caisse du Plateau", {"phone": "514 555-0173"}),
    Changed(
        8,
        "marcus",
        "customer",
        "Maple Street Café",
        {"credit_limit": 4000, "email": "hello@maplestreet.example"},
    ),
    Changed(
        8, "zoe", "contact", "Ferme Lévesque & Filles", {"website": "https://bois.ferme-levesque.example"}
    ),
    Unlinked(7, "antoine", "customer", "Traiteur Bonsaï"),
    Changed(
        6,
        "zoe",
        "customer",
        "Boulangerie Roy",
        {"blocked": "all", "notes": "Trois factures en retard : voir Zoé."},
    ),
    Changed(
        6,
        "antoine",
        "contact",
        "Garage Tremblay",
        {"email": "atelier@garage-tremblay.example", "fax": "418 555-0156"},
    ),
    Deleted(5, "marcus", "vendor", "Outils Express", with_linked=True),
    Changed(
        4,
        "antoine",
        "customer",
        "Boulangerie Côté",
        {"address": "48, rue Saint-Denis", "post_code": "H2X 1K5"},
    ),
    Changed(4, "marcus", "contact", "Harbour Hotel", {"address": "20 Lower Water Street"}),
    Linked(
        3,
        "antoine",
        "customer",
        "L’Encrier (librairie)",
        "Librairie L’Encrier",
        {"name": "contact", "address": "contact", "phone": "party", "salesperson_id": "contact"},
    ),
    Changed(2, "zoe", "bank_account", "Northern Lights Credit Union", {"phone": "613 555-0152"}),
    Changed(2, "marcus", "customer", "Harbour Hotel", {"credit_limit": 18000}),
    Changed(1, "antoine", "contact", "Marie Côté", {"mobile": "438 555-0112"}),
    Changed(
        1,
        "zoe",
        "contact",
        "Café Ünal",
        {"notes": "Intéressé par des tables de café. Rappeler en début de mois."},
    ),
)
