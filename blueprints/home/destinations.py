"""Pages and actions that the go-anywhere box knows, and the words that find them in either language."""

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from blueprints.common.pages import LANGUAGES
from services.errors import Sentence
from services.text import fold


@dataclass(frozen=True)
class Destination:
    """A page or an action: its name, its address, who may go there, and further words in both languages."""

    label: Sentence
    url: str
    permission: str
    words: str = ""


_SMALL_WORDS = {
    "a", "au", "aux", "d", "de", "des", "du", "et", "l", "la", "le", "les", "of", "the", "to", "un", "une",
}  # fmt: skip

PAGES = (
    Destination(_l("Home"), "/", "view_cards", "start dashboard accueil tableau de bord"),
    Destination(
        _l("Contacts"),
        "/contacts",
        "view_cards",
        "address book people companies carnet d'adresses fiches contact",
    ),
    Destination(_l("Customers"), "/customers", "view_cards", "clients clientele"),
    Destination(_l("Vendors"), "/vendors", "view_cards", "suppliers fournisseurs"),
    Destination(_l("Bank accounts"), "/bank-accounts", "view_cards", "iban comptes bancaires banques"),
    Destination(
        _l("Activity"),
        "/activity",
        "history",
        "history notices changes log activite historique avis modifications journal",
    ),
    Destination(
        _l("Interactions"),
        "/interactions",
        "view_cards",
        "calls meetings letters notes timeline appels rencontres lettres notes chronologie",
    ),
    Destination(
        _l("Privacy"),
        "/privacy",
        "privacy_desk",
        "data subject person dossier gdpr request search confidentialite sujet des donnees personne concernee"
        " rgpd loi 25 demande recherche",
    ),
    Destination(
        _l("Outbox"), "/outbox", "outbox", "mail e-mail sent boite d'envoi courriels envoyes messages"
    ),
    Destination(
        _l("Import"),
        "/import",
        "import",
        "excel csv spreadsheet upload importer importation chiffrier tableur",
    ),
    Destination(_l("Jobs"), "/jobs", "jobs", "progress running taches travaux traitements progression"),
    Destination(
        _l("Bin"), "/bin", "delete_cards", "trash recycle restore undo corbeille restaurer annuler supprimes"
    ),
    Destination(
        _l("Privacy requests"),
        "/privacy/requests",
        "privacy_desk",
        "register access erasure deadline registre demandes acces effacement vie privee confidentialite delai",
    ),
    Destination(
        _l("Permanent trail"),
        "/privacy/trail",
        "trail",
        "audit privacy log registre permanent piste d'audit confidentialite",
    ),
    Destination(
        _l("Settings › Privacy"),
        "/settings/privacy",
        "settings",
        "regime law fiscal year person in charge parametres confidentialite loi exercice responsable",
    ),
    Destination(
        _l("My account"),
        "/account",
        "account",
        "password language formats profile mot de passe langue profil compte",
    ),
    Destination(
        _l("Settings"), "/settings", "settings", "setup configuration options preferences parametres reglages"
    ),
    Destination(
        _l("Settings › Company profile"),
        "/settings/company",
        "settings",
        "office address time zone parametres societe bureau entreprise fuseau horaire profil",
    ),
    Destination(
        _l("Settings › Documents and logo"),
        "/settings/company/documents",
        "settings",
        "logo invoices bank account payment numbering printing parametres documents facture paiement numerotation"
        " impression",
    ),
    Destination(
        _l("Items"),
        "/settings/items",
        "items",
        "products services prices articles produits prestations prix catalogue",
    ),
    Destination(
        _l("Settings › Contacts"),
        "/settings/contacts",
        "settings",
        "marketing setup inheritance business relation code synchronisation parametres marketing heritage"
        " code relation d'affaires",
    ),
    Destination(
        _l("Settings › Business relation codes"),
        "/settings/relations",
        "settings",
        "cust vend bank press link codes relation d'affaires liens parametres",
    ),
    Destination(
        _l("Settings › Number series"),
        "/settings/number-series",
        "settings",
        "no numbers numbering souche souches de numeros serie series de numeros numerotation parametres",
    ),
    Destination(
        _l("Settings › Templates"),
        "/settings/templates",
        "settings",
        "customer vendor defaults modeles client fournisseur parametres",
    ),
    Destination(
        _l("Settings › Tax groups"),
        "/settings/taxes",
        "settings",
        "gst qst vat rates tps tvq tva taux groupes taxes parametres",
    ),
    Destination(
        _l("Settings › Payment terms"),
        "/settings/terms",
        "settings",
        "days net 30 conditions de paiement modalites parametres",
    ),
    Destination(
        _l("Settings › Mail"),
        "/settings/mail",
        "settings",
        "smtp server sender e-mail accountant copy serveur courriel expediteur comptable parametres",
    ),
    Destination(
        _l("Settings › Texts"),
        "/settings/texts",
        "settings",
        "letters wording templates e-mail textes lettres courriels modeles parametres",
    ),
    Destination(
        _l("Settings › Interactions"),
        "/settings/interactions",
        "settings",
        "log timeline recorded automatic wording journal enregistrement libelles parametres",
    ),
    Destination(
        _l("Settings › Users"),
        "/settings/users",
        "users",
        "people roles rights invite permissions utilisateurs droits inviter parametres",
    ),
    Destination(
        _l("Settings › Backups"), "/settings/backup", "backup", "copy restore sauvegardes copies parametres"
    ),
    Destination(
        _l("Settings › Data export"),
        "/settings/export",
        "backup",
        "whole database workbook excel accountant invoices export de donnees classeur comptable factures parametres",
    ),
    Destination(
        _l("Settings › Check of linked cards"),
        "/settings/sync-check",
        "settings",
        "sync check agree differences synchronisation verification fiches liees ecarts parametres",
    ),
    Destination(_l("Help"), "/help/start", "help", "manual how to aide mode d'emploi"),
    Destination(
        _l("Help › Links between cards"),
        "/help/link",
        "help",
        "synchronise in step aide liens lier synchroniser",
    ),
    Destination(
        _l("Help › Deleting, and requests about personal data"),
        "/help/delete",
        "help",
        "data subject request gdpr privacy erase aide supprimer sujet des donnees personne concernee rgpd"
        " loi 25 confidentialite demande",
    ),
    Destination(
        _l("Help › Keyboard shortcuts"),
        "/help/keys",
        "help",
        "keys shortcuts aide raccourcis clavier touches",
    ),
)

ACTIONS = (
    Destination(
        _l("New contact"),
        "/contacts/new",
        "edit_cards",
        "add create person company nouveau ajouter creer contact",
    ),
    Destination(
        _l("New customer"), "/customers/new", "edit_cards", "add create nouveau ajouter creer client"
    ),
    Destination(
        _l("New vendor"),
        "/vendors/new",
        "edit_cards",
        "add create supplier nouveau ajouter creer fournisseur",
    ),
    Destination(
        _l("New bank account"),
        "/bank-accounts/new",
        "edit_bank",
        "add create nouveau ajouter creer compte bancaire",
    ),
    Destination(
        _l("Import a spreadsheet"), "/import", "import", "excel csv upload importer chiffrier tableur fichier"
    ),
    Destination(
        _l("Bring back a deleted card"),
        "/bin",
        "delete_cards",
        "undo restore undelete annuler restaurer fiche supprimee",
    ),
    Destination(
        _l("Change my password"),
        "/account",
        "account",
        "language formats changer mot de passe langue modifier",
    ),
    Destination(
        _l("Invite a colleague"),
        "/settings/users",
        "users",
        "add user new role inviter collegue ajouter utilisateur",
    ),
    Destination(
        _l("Make a backup now"), "/settings/backup", "backup", "copy download faire une sauvegarde copie"
    ),
)


def matching(known: tuple[Destination, ...], query: str, can: Callable[[str], bool]) -> list[Destination]:
    """Those that have, for each word of the query, a word starting with it; all for a blank query.

    Names that start with the query come first.
    """
    starts = [f" {word}" for word in _plain(query).split() if word not in _SMALL_WORDS]
    found = [
        one
        for one, searched in zip(known, _searched(known), strict=True)
        if can(one.permission) and all(start in searched for start in starts)
    ]
    return sorted(found, key=lambda one: not fold(str(one.label)).startswith(fold(query)))


def _searched(known: tuple[Destination, ...]) -> list[str]:
    """The words of each destination, its name in every language among them, each after a blank."""
    words = [one.words for one in known]
    for language in LANGUAGES:
        with force_locale(language):
            words = [f"{text} {one.label}" for text, one in zip(words, known, strict=True)]
    return [" " + _plain(text) for text in words]


def _plain(text: str) -> str:
    return " ".join(
        fold(text).replace("'", " ").replace("-", " ").replace("›", " ").replace(",", " ").split()
    )
