"""The invented cards of the sample company, in the order in which its office entered them.

Every name, number and address is made up: e-mails and sites end in .example, which nobody can own, phone
numbers are 555-01xx, which ring nowhere.
"""

from dataclasses import dataclass
from typing import Any

Values = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """A contact and what was made from it: who entered it, how many working days ago, and its family.

    `parties` are (kind, values) with the code of a template under "template"; "primary" in them is the place
    of the primary contact among `persons`. `codes` are relation codes without a party.
    """

    days: int
    by: str
    values: Values
    parties: tuple[tuple[str, Values], ...] = ()
    persons: tuple[Values, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PartyEntry:
    """A card that was entered as a party; its contact came with it, or did not when it is not `linked`."""

    days: int
    by: str
    kind: str
    values: Values
    linked: bool = True


def _company(
    name: str, address: str, post_code: str, city: str, phone: str, site: str = "", **more: Any
) -> Values:
    """A company of Québec that reads French, unless the rest says otherwise."""
    values: Values = {"name": name, "address": address, "post_code": post_code, "city": city, "phone": phone}
    if site:
        values |= {"email": f"info@{site}", "website": f"https://www.{site}"}
    return values | {"region": "QC", "country": "CA", "language": "fr-CA", "currency": "CAD"} | more


def _person(name: str, job_title: str, phone: str, email: str, **more: Any) -> Values:
    return {"type": "person", "name": name, "job_title": job_title, "phone": phone, "email": email} | more


CUSTOMER = ("customer", {"template": "QC", "credit_limit": 5000})
VENDOR = ("vendor", {"template": "GENERAL"})
ONTARIO = {"region": "ON", "language": "en-CA"}

# fmt: off
ENTRIES: tuple[Entry | PartyEntry, ...] = (
    Entry(
        48,
        "zoe",
        _company("Caisse du Plateau", "1200, avenue du Mont-Royal Est", "H2J 1Y5", "Montréal", "514 555-0170",
                 "caisseduplateau.example", registration_no="123451007"),
        (
            ("customer", {"template": "QC", "credit_limit": 12000, "primary": 0}),
            ("vendor", {"template": "GENERAL", "our_account_no": "AR-30001", "payment_method": "direct_debit"}),
            ("bank_account", {"label": "Compte courant / Chequing", "account_no": "999-30001-0104417",
                              "bic": "CPLTCAMMXXX", "account_currency": "CAD", "our_user": "zoe"}),
            ("bank_account", {"label": "Épargne / Savings", "account_no": "999-30001-0104425",
                              "bic": "CPLTCAMMXXX", "account_currency": "CAD", "our_user": "zoe"}),
        ),
        (
            _person("Nathalie Gagnon", "Directrice de comptes", "514 555-0171", "n.gagnon@caisseduplateau.example"),
            _person("Kevin Nguyen", "Service aux entreprises", "514 555-0172", "k.nguyen@caisseduplateau.example",
                    language="en-CA"),
        ),
    ),
    Entry(
        48,
        "zoe",
        _company("Northern Lights Credit Union", "45 Elgin Street", "K2P 1L4", "Ottawa", "613 555-0150",
                 "northernlights.example", **ONTARIO),
        (
            ("customer", {"template": "ON", "credit_limit": 8000, "primary": 0}),
            ("vendor", {"template": "GENERAL", "our_account_no": "22001", "payment_method": "direct_debit"}),
            ("bank_account", {"label": "Operating CAD", "account_no": "998-40010-2200118", "bic": "NLCUCATTXXX",
                              "account_currency": "CAD", "our_user": "zoe"}),
            ("bank_account", {"label": "Operating USD", "account_no": "998-40010-2200126", "bic": "NLCUCATTXXX",
                              "account_currency": "USD", "our_user": "zoe"}),
        ),
        (_person("Sarah MacDonald", "Branch manager", "613 555-0151", "sarah@northernlights.example"),),
    ),
    Entry(
        46,
        "antoine",
        _company("Boulangerie Côté", "12, rue Saint-Denis", "H2X 1K3", "Montréal", "514 555-0100", "cote.example",
                 mobile="438 555-0111", vat_no="123451171RT0001"),
        (("customer", {"template": "QC", "credit_limit": 5000, "primary": 0}), VENDOR),
        (
            _person("Marie Côté", "Propriétaire", "514 555-0102", "marie@cote.example"),
            _person("Luc Roy", "Comptabilité", "514 555-0103", "luc@cote.example"),
        ),
    ),
    Entry(
        46,
        "antoine",
        _company("Boulangerie Roy", "310, boulevard Rosemont", "H2S 1Z1", "Montréal", "514 555-0199", "roy.example",
                 vat_no="123451346RT0001"),
        (CUSTOMER,),
        (_person("Hélène Roy", "Gérante", "514 555-0198", "helene@roy.example"),),
    ),
    Entry(
        45,
        "antoine",
        _company("Ferme Lévesque & Filles", "88, chemin de la Rivière", "J7P 2M4", "Saint-Eustache", "450 555-0117",
                 "ferme-levesque.example"),
        (("vendor", {"template": "GENERAL", "our_account_no": "4471", "primary": 0}),),
        (_person("Benoît Lévesque", "Bois et livraisons", "450 555-0118", "benoit@ferme-levesque.example"),),
    ),
    Entry(
        45,
        "antoine",
        _company("Forêts d’érables", "2955, chemin du Rang", "J0T 1P0", "Mont-Blanc", "819 555-0129",
                 "forets-erables.example"),
        (VENDOR,),
    ),
    Entry(
        44,
        "zoe",
        _company("Garage Tremblay", "7, côte de la Montagne", "G1K 4E4", "Québec", "418 555-0154",
                 "garage-tremblay.example", vat_no="123451510RT0001"),
        (CUSTOMER, ("vendor", {"template": "GENERAL", "our_account_no": "AR-7"})),
        (_person("Julie Tremblay", "Atelier", "418 555-0155", "julie@garage-tremblay.example"),),
    ),
    PartyEntry(
        43,
        "antoine",
        "customer",
        _company("École de musique Vivace", "560, rue Cherrier", "H2L 1H1", "Montréal", "514 555-0133",
                 "vivace.example", contact_person="Isabelle Fontaine", contact_person_title="Directrice", terms="30D",
                 payment_method="transfer", tax="QC", credit_limit=3000),
    ),
    PartyEntry(
        43,
        "marcus",
        "customer",
        _company("Maple Street Café", "221 Maple Street", "M5V 2T6", "Toronto", "416 555-0140", "maplestreet.example",
                 **ONTARIO, contact_person="Emily Chen", contact_person_title="Owner", terms="30D",
                 payment_method="card", tax="HST13", credit_limit=2500),
    ),
    Entry(
        41,
        "marcus",
        _company("Harbour Hotel", "18 Lower Water Street", "B3J 1S4", "Halifax", "902 555-0160", "harbourhotel.example",
                 region="NS", language="en-CA"),
        (("customer", {"template": "ON", "tax": "HST14", "credit_limit": 15000, "primary": 0}),),
        (
            _person("Angus Campbell", "Purchasing", "902 555-0161", "angus@harbourhotel.example"),
            _person("Fiona Doyle", "Accounts payable", "902 555-0162", "fiona@harbourhotel.example"),
        ),
    ),
    Entry(
        40,
        "antoine",
        _company("Architectes Beaulieu", "400, rue McGill, bureau 300", "H2Y 2G1", "Montréal", "514 555-0120",
                 "beaulieu.example", vat_no="123451684RT0001"),
        (("customer", {"template": "QC", "credit_limit": 20000, "primary": 0}),),
        (_person("David Beaulieu", "Architecte associé", "514 555-0121", "david@beaulieu.example"),),
    ),
    PartyEntry(
        39,
        "antoine",
        "vendor",
        _company("Quincaillerie Dubois", "1450, rue Ontario Est", "H2L 1S3", "Montréal", "514 555-0184",
                 "quincaillerie-dubois.example", contact_person="Réjean Dubois", contact_person_title="Comptoir",
                 terms="30EOM", payment_method="cheque", our_account_no="77120"),
    ),
    Entry(
        38,
        "antoine",
        _company("Transport Lavoie", "9001, rue Sherbrooke Est", "H1L 1E1", "Montréal-Est", "514 555-0188",
                 "transport-lavoie.example"),
        (VENDOR, CUSTOMER),
    ),
    Entry(
        37,
        "marcus",
        _company("Green Mountain Tools", "14 Church Street", "05401", "Burlington", "802 555-0110",
                 "greenmountain.example", region="VT", country="US", language="en-US", currency="USD"),
        (("vendor", {"template": "ABROAD", "our_account_no": "CA-3390"}),),
    ),
    Entry(
        36,
        "zoe",
        _company("Ferronnerie Moreau", "3, quai des Forges", "69005", "Lyon", "514 555-0191",
                 "ferronnerie-moreau.example", region="", country="FR", language="fr-FR", currency="EUR",
                 vat_no="FR31000123455", registration_no="000123455"),
        (("vendor", {"template": "ABROAD", "iban": "FR14 2004 1010 0505 0001 3M02 606", "bic": "PSSTFRPPXXX"}),),
    ),
    Entry(
        35,
        "marcus",
        _company("Lakeside Gallery", "77 Shore Road", "05491", "Vergennes", "802 555-0115", "lakeside.example",
                 region="VT", country="US", language="en-US", currency="USD"),
        (("customer", {"template": "ABROAD", "tax": "EXEMPT", "credit_limit": 4000}),),
    ),
    Entry(
        34,
        "antoine",
        _company("Résidence Les Tilleuls", "640, avenue des Tilleuls", "J4K 2S3", "Longueuil", "450 555-0122",
                 "les-tilleuls.example"),
        (CUSTOMER,),
        (_person("Carole Émond", "Intendante", "450 555-0123", "carole@les-tilleuls.example"),),
    ),
    Entry(
        33,
        "antoine",
        _company("Clinique vétérinaire du Parc", "2201, rue Rachel Est", "H2H 1R4", "Montréal", "514 555-0144",
                 "clinique-du-parc.example"),
        (CUSTOMER,),
    ),
    Entry(
        32,
        "zoe",
        {"type": "person", "name": "Jade Thibault", "job_title": "Graphiste pigiste", "address": "5512, rue Fabre",
         "post_code": "H2G 2Z6", "city": "Montréal", "region": "QC", "country": "CA", "phone": "438 555-0126",
         "email": "jade@thibault.example", "website": "https://thibault.example", "language": "fr-CA",
         "currency": "CAD"},
        (("vendor", {"template": "GENERAL", "payment_method": "transfer"}),),
    ),
    Entry(
        31,
        "marcus",
        {"type": "person", "title": "Ms", "name": "Margaret O’Neill", "address": "19 Victoria Avenue",
         "post_code": "H3Z 2M1", "city": "Westmount", "region": "QC", "country": "CA", "phone": "514 555-0147",
         "email": "margaret@oneill.example", "language": "en-CA", "currency": "CAD"},
        (("customer", {"template": "QC", "credit_limit": 1500}),),
    ),
    Entry(
        30,
        "antoine",
        _company("Québec Imprimerie ltée", "1190, boulevard Charest", "G1N 2C9", "Québec", "418 555-0190",
                 "quebec-imprimerie.example"),
        (VENDOR, CUSTOMER),
    ),
    Entry(
        29,
        "antoine",
        _company("Électricité Fortin", "333, rue Saint-Jean", "G1R 1P1", "Québec", "418 555-0166",
                 "electricite-fortin.example"),
        (VENDOR,),
        (_person("Marc-André Fortin", "Maître électricien", "418 555-0167", "ma@electricite-fortin.example"),),
    ),
    Entry(
        28,
        "zoe",
        _company("Comptabilité Pelletier CPA", "1010, rue Sherbrooke Ouest", "H3A 2R7", "Montréal", "514 555-0175",
                 "pelletier-cpa.example"),
        (("vendor", {"template": "GENERAL", "primary": 0}),),
        (_person("Anne Pelletier", "CPA", "514 555-0176", "anne@pelletier-cpa.example"),),
    ),
    Entry(
        27,
        "antoine",
        _company("Théâtre de la Ruelle", "4530, rue Clark", "H2T 2T4", "Montréal", "514 555-0180", "laruelle.example"),
        (CUSTOMER,),
    ),
    Entry(
        26,
        "marcus",
        _company("The Townships Courier", "60 Wellington Street", "J1H 5C7", "Sherbrooke", "819 555-0112",
                 "townshipscourier.example", language="en-CA"),
        (),
        (_person("Tom Ashworth", "Reporter", "819 555-0113", "tom@townshipscourier.example"),),
        ("PRESS",),
    ),
    Entry(
        25,
        "zoe",
        {"type": "person", "name": "Solène Marchand", "job_title": "Journaliste indépendante", "city": "Montréal",
         "region": "QC", "country": "CA", "phone": "514 555-0126", "email": "solene@marchand.example",
         "language": "fr-CA"},
        (),
        (),
        ("PRESS",),
    ),
    # A contact and a customer who are the same, and nobody has linked them yet: to try “Link with existing”.
    Entry(
        24,
        "antoine",
        _company("Imprimerie Laliberté inc.", "2075, rue de Bordeaux", "H2G 1S9", "Montréal", "514 555-0135",
                 "laliberte.example"),
    ),
    PartyEntry(
        22,
        "marcus",
        "customer",
        _company("Impr. Laliberté enr.", "2075-A, rue Bordeaux", "H2G 1S9", "Montréal", "514 555-0139",
                 email="compta@laliberte.example", vat_no="123451858RT0001", contact_person="Pierre Laliberté",
                 contact_person_title="Président", terms="30D", tax="QC"),
        linked=False,
    ),
    Entry(
        21,
        "antoine",
        _company("Librairie L’Encrier", "3700, boulevard Saint-Laurent", "H2X 2V4", "Montréal", "514 555-0106",
                 "encrier.example"),
        (),
        (_person("Noémie Charest", "Libraire", "514 555-0107", "noemie@encrier.example"),),
    ),
    PartyEntry(
        20,
        "marcus",
        "customer",
        _company("L’Encrier (librairie)", "3700, boul. Saint-Laurent", "H2X 2V4", "Montréal", "514 555-0108",
                 terms="30D", tax="QC", credit_limit=1000),
        linked=False,
    ),
    PartyEntry(
        20,
        "marcus",
        "vendor",
        _company("Bois francs du Nord", "15, route des Moulins", "J8B 1A1", "Sainte-Adèle", "450 555-0128",
                 contact_person="Yvan Roberge", terms="30D"),
        linked=False,
    ),
    Entry(18, "antoine", _company("Café Ünal", "900, chemin Saint-Charles", "J4H 1A5", "Longueuil", "438 555-0143",
                                  "cafe-unal.example")),
    Entry(
        17,
        "marcus",
        _company("Studio Kim Design", "250 Spadina Avenue", "M5T 2C2", "Toronto", "416 555-0145", "studiokim.example",
                 **ONTARIO),
        (),
        (_person("Grace Kim", "Designer", "416 555-0146", "grace@studiokim.example"),),
    ),
    Entry(
        16,
        "zoe",
        {"type": "person", "first_name": "Chantal", "last_name": "de la Tour", "city": "Gatineau", "region": "QC",
         "country": "CA", "phone": "819 555-0136", "email": "chantal@delatour.example", "language": "fr-CA"},
    ),
    Entry(15, "antoine", _company("Traiteur Bonsaï", "1801, rue Amherst", "H2L 3L6", "Montréal", "514 555-0195",
                                  "bonsai.example"), (CUSTOMER,)),
    Entry(
        14,
        "antoine",
        {"type": "person", "name": "Gérald Hamel", "address": "27, rue des Érables", "post_code": "H7N 3B2",
         "city": "Laval", "region": "QC", "country": "CA", "phone": "450 555-0141", "email": "gerald@hamel.example",
         "language": "fr-CA", "currency": "CAD"},
        (("customer", {"template": "QC", "credit_limit": 1000}),),
    ),
    # Nobody has agreed for her yet: Carnet makes nothing new for her and sends her nothing.
    Entry(
        14,
        "antoine",
        {"type": "person", "name": "Rosalie Émond", "job_title": "Élève, ateliers du samedi", "city": "Longueuil",
         "region": "QC", "country": "CA", "phone": "450 555-0124", "language": "fr-CA", "minor": True},
    ),
    Entry(13, "antoine", _company("Boulangerie Cote", "12, rue St-Denis", "H2X 1K3", "Montréal", "514 555-0100")),
    PartyEntry(
        12,
        "marcus",
        "vendor",
        _company("Outils Express", "6000 Côte-de-Liesse Road", "H4T 1E3", "Montréal", "514 555-0197",
                 language="en-CA"),
    ),
    Entry(
        11,
        "antoine",
        _company("Municipalité de Val-des-Pins", "1, place de l’Église", "J0V 1X0", "Val-des-Pins", "819 555-0138",
                 "val-des-pins.example"),
        (("customer", {"template": "QC", "terms": "30EOM", "credit_limit": 25000}),),
    ),
)
# fmt: on
