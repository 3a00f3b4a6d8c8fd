"""Invented names, streets and towns as an office in Canada and France has them, the same at every run."""

import random
from dataclasses import dataclass

FIRST_NAMES = (
    "Adèle Agnès Aïcha Alexandre Alice Amélie Andrew Antoine Arthur Béatrice Benoît Brigitte Camille Carlos "
    "Caroline Cédric Chantal Charles Chloé Claire Clément Daniel David Denis Édith Élise Élodie Emma Éric "
    "Étienne Eva Fatima Félix Florence François Gabriel Geneviève Georges Gilles Grace Guillaume Hannah Hélène "
    "Henri Hugo Inès Isabelle Jack Jacques James Jean Jérôme Joëlle John Josée Julien Karim Laura Léa Léo Liam "
    "Louis Lucas Luc Lucie Manon Marc Marie Martin Mathieu Maude Maxime Mélanie Michel Mohamed Nadia Nathan "
    "Nicolas Noah Noémie Olivier Océane Paul Pauline Philippe Pierre Rachel Raphaël Rémi René Robert Rosalie "
    "Samuel Sandrine Sarah Sébastien Simon Sofia Sophie Stéphane Sylvie Thérèse Thomas Valérie Victor Vincent "
    "William Xavier Yasmine Yves Zoé"
)
FAMILY_NAMES = (
    "Arsenault Beaulieu Bélanger Bergeron Bernard Bertrand Blais Boivin Bouchard Boucher Caron Chartrand "
    "Cloutier Côté Couture Demers Deschamps Desjardins Desrosiers Dubois Dufour Dumont Fontaine Fortin Fournier "
    "Gagnon Gauthier Girard Giroux Gosselin Grenier Hébert Lachance Lambert Landry Langlois Lapointe Larouche "
    "Lavoie Leblanc Leclerc Lefebvre Lemieux Lessard Lévesque MacDonald Marchand Martel Mercier Michaud Moreau "
    "Morin Nadeau Ouellet Paquette Paradis Pelletier Plourde Poirier Poulin Rousseau Savard Simard Tessier "
    "Theriault Thibault Tremblay Turcotte Vachon Villeneuve"
)
BEGINNINGS = (
    "Bar Bel Char Cor Dal Des Fal Fer Gar Gui Hau Jol Kel Lan Mar Mon Nor Per Quin Rou Sal Tor Val Ver Wil"
)
MIDDLES = "ba bri cha do fé gli ha ju ka lé mi né or pu qué ri sa té vi ze"
ENDINGS = "bert card dier fort gnac lain mont nier pont quet rand sart tier vache vais zet"
TRADES = (
    "Boulangerie Charpente Électricité Imprimerie Jardins Logistics Menuiserie Plomberie Print Roofing Services "
    "Software Studio Supply Toitures Transport"
)
FORMS = ("inc.", "Ltd", "& Fils", "SARL", "ltée", "et associés")
STREETS = ("rue Saint-Denis", "avenue du Parc", "King Street West", "chemin Sainte-Foy", "rue des Érables")
TOWNS = (
    ("Montréal", "QC", "CA", "H2S 1R2"), ("Québec", "QC", "CA", "G1R 4P5"), ("Sherbrooke", "QC", "CA", "J1H 1Z9"),
    ("Trois-Rivières", "QC", "CA", "G9A 5L2"), ("Gatineau", "QC", "CA", "J8X 3X2"), ("Toronto", "ON", "CA", "M5V 2T6"),
    ("Ottawa", "ON", "CA", "K1P 1J1"), ("Halifax", "NS", "CA", "B3J 1S9"), ("Moncton", "NB", "CA", "E1C 1G4"),
    ("Calgary", "AB", "CA", "T2P 2M5"), ("Vancouver", "BC", "CA", "V6B 1A1"), ("Lyon", "", "FR", "69002"),
    ("Nantes", "", "FR", "44000"), ("Besançon", "", "FR", "25000"), ("Orléans", "", "FR", "45000"),
)  # fmt: skip


FREQUENT = FAMILY_NAMES.split()


@dataclass(frozen=True)
class Somebody:
    """A company or person with its address; `piece` is a part from the middle of its family name."""

    name: str
    first: str
    last: str
    email: str
    phone: str
    address: str
    town: tuple[str, str, str, str]
    piece: str


class Names:
    """Draws one after the other; three family names of five are frequent ones, the others are rare."""

    def __init__(self) -> None:
        self._random = random.Random(20)
        self._first, self._trades = FIRST_NAMES.split(), TRADES.split()
        # So many that a rare name is rare among a million as well.
        self._rare = (BEGINNINGS.split(), MIDDLES.split(), MIDDLES.split(), ENDINGS.split())

    def company(self, number: int) -> Somebody:
        """A company named after a family and its trade."""
        last = self._last()
        name = f"{self._random.choice(self._trades)} {last} {self._random.choice(FORMS)}"
        return self._somebody(name, "", last, number)

    def person(self, number: int) -> Somebody:
        """A person with a first and a last name."""
        first, last = self._random.choice(self._first), self._last()
        return self._somebody(f"{first} {last}", first, last, number)

    def _last(self) -> str:
        if self._random.random() < 0.6:
            return self._random.choice(FREQUENT)
        return "".join(self._random.choice(part) for part in self._rare)

    def _somebody(self, name: str, first: str, last: str, number: int) -> Somebody:
        site = last.lower().replace("'", "").encode("ascii", "ignore").decode()
        return Somebody(
            name=name,
            first=first,
            last=last,
            email=f"{(first or 'info').lower().encode('ascii', 'ignore').decode()}{number}@{site}.example",
            phone=f"{self._random.randint(204, 989)} {self._random.randint(200, 999)}-{number % 10000:04d}",
            address=f"{self._random.randint(1, 9999)}, {self._random.choice(STREETS)}",
            town=self._random.choice(TOWNS),
            piece=last[1:-1],
        )


def unlike(number: int) -> str:
    """A name that is close to no other one: Carnet asks before it makes possible duplicates."""
    return "".join(random.Random(number).choices("bcdfghjklmnpqrstvwxz", k=16)).title()
