"""Which column of a file is which field: what can be imported, and the usual headings in both languages."""

import re
from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from models import MODELS, Item
from services import fields, items
from services.errors import Sentence
from services.fields import FIELDS
from services.text import fold

# The fields of a kind that no column fills: they follow from others, or need a consent on record.
_NOT_IMPORTED = {"primary_contact_id", "minor", "guardian_consent_at", "guardian_consent_by"}

# What a file can hold: the four kinds of card, and items.
MODEL_OF: dict[str, Any] = {**MODELS, "item": Item}
# Without one of these a row cannot become anything.
_NEEDED = {"item": ("no", "description")}

KEYS: dict[str, Sentence] = {
    "no": _l("the number: rows whose number exists update that card"),
    "email": _l("the e-mail address: rows whose address exists update that card"),
    "none": _l("nothing: every row creates a card"),
}

# Headings as they are compared: folded, letters and digits only. An earlier field takes a heading first.
_HEADINGS: dict[str, str] = {
    "no": "no n number num numero nr id code reference ref customerid customerno customernumber "
    "customercode supplierid supplierno vendorid vendorno vendornumber contactid contactno "
    "accountid clientid noclient numeroclient codeclient nofournisseur numerofournisseur "
    "codefournisseur nocontact numerocontact nocompte itemno itemnumber itemid itemcode productid productno "
    "productcode sku article noarticle numeroarticle codearticle reffabricant referencearticle produit noproduit "
    "codeproduit",
    "name": "name nom companyname company raisonsociale societe entreprise organisation organization "
    "denomination customername suppliername vendorname client customer fournisseur supplier "
    "vendor nomclient nomduclient nomfournisseur nomdufournisseur nomentreprise "
    "nomdelentreprise nomcomplet fullname displayname bank banque bankname nomdelabanque",
    "name2": "name2 nom2 namelinetwo nomsuite complementnom",
    "first_name": "firstname givenname prenom",
    "middle_name": "middlename deuxiemeprenom secondprenom",
    "last_name": "lastname surname familyname nomdefamille",
    "address": "address address1 addressline1 street streetaddress adresse adresse1 ligneadresse1 rue "
    "adressepostale billingaddress",
    "address2": "address2 addressline2 street2 adresse2 ligneadresse2 complementadresse complementdadresse",
    "post_code": "postcode postalcode zip zipcode zippostalcode codepostal cp",
    "city": "city town ville localite municipalite",
    "region": "region state province provinceorstate provinceouetat stateprovince stateorprovince etat "
    "county departement",
    "country": "country countryregion pays countrycode codepays",
    "phone": "phone phoneno phonenumber telephone tel telephoneno businessphone workphone officephone "
    "mainphone notelephone numerodetelephone telephonebureau telephoneprincipal",
    "mobile": "mobile mobilephone mobilephoneno cell cellphone cellulaire portable telephoneportable "
    "telephonemobile gsm",
    "fax": "fax faxno faxnumber telecopieur telecopie nofax",
    "email": "email mail emailaddress courriel adressecourriel adresseelectronique adresseemail "
    "adressemail mel",
    "email2": "email2 secondemail secondaryemail courriel2 deuxiemecourriel secondcourriel",
    "website": "website web webpage homepage url site siteweb siteinternet pageweb pagedaccueil adresseweb",
    "language": "language languagecode langue codelangue",
    "currency": "currency currencycode devise monnaie codedevise",
    "vat_no": "vat vatno vatnumber vatid vatorgstno vatregistrationno taxid gst gstno tva notva numerotva "
    "numerodetva nodetva ntva tvaintracommunautaire tps notps numerotps notvaoutps",
    "registration_no": "registrationno registrationnumber companyno companynumber businessnumber bn neq "
    "siren siret noimmatriculation nodimmatriculation numerodimmatriculation numeroentreprise rcs",
    "salesperson_id": "salesperson salespersoncode salesrep vendeur representant commercial",
    "purchaser_id": "purchaser purchasercode buyer acheteur",
    "our_user_id": "incharge responsable",
    "contact_person": "contactname contactperson contact personneacontacter personnecontact "
    "personneressource personnedecontact nomcontact nomducontact interlocuteur attention alattentionde",
    "contact_person_title": "contacttitle contactpersontitle contactpersonsjobtitle contactjobtitle fonction "
    "fonctionducontact fonctiondelapersonneressource fonctioncontact posteducontact jobtitle title titre",
    "title": "title civilite titre salutation",
    "job_title": "jobtitle job position role fonction poste",
    "company_id": "companyno companyname company employer societe entreprise organisation organization "
    "employeur",
    "birth_date": "birthdate dateofbirth birthday datedenaissance naissance",
    "contact_type": "companyorperson societeoupersonne contacttype typecontact typedecontact type",
    "type": "type contacttype typecontact typedecontact companyorperson",
    "payment_terms_id": "paymentterms paymenttermscode terms conditionspaiement conditionsdepaiement "
    "modalitesdepaiement delaidepaiement",
    "payment_method": "paymentmethod paymentmethodcode modepaiement modedepaiement moyendepaiement",
    "tax_group_id": "taxgroup taxarea taxareacode groupetaxe groupetaxes groupedetaxes taxe",
    "credit_limit": "creditlimit limitecredit limitedecredit plafondcredit plafonddecredit encours",
    "blocked": "blocked bloque statutblocage discontinued inactive inactif abandonne",
    "our_account_no": "ouraccountno ouraccountnumber notrenumero notrenumeroclient notrenodecompte",
    "label": "label whattheofficecallsit libelle appellation nomducompte accountname",
    "bank_branch_no": "bankbranchno branchno branch succursale nodesuccursale transit noguichet codeguichet",
    "account_no": "accountno accountnumber bankaccountno nodecompte numerodecompte numerocompte",
    "iban": "iban noiban codeiban",
    "bic": "bic swift swiftcode bicswift codebic codeswift",
    "account_currency": "accountcurrency devisecompte deviseducompte currency currencycode devise",
    "description": "description designation libelle name nom productname itemname product item produit "
    "nomproduit nomduproduit nomarticle nomdelarticle intitule",
    "unit": "unit unitofmeasure uom quantityperunit salesunit unite unitedemesure unitevente conditionnement",
    "unit_price": "unitprice price salesprice listprice prix prixunitaire prixdevente prixht prixunitaireht tarif",
    "cost": "cost unitcost purchaseprice cout coutunitaire prixdachat prixachat prixderevient",
    "notes": "notes note remark remarks remarque remarques comment comments commentaire commentaires "
    "memo observations",
}


def targets(kind: str) -> list[str]:
    """The fields of a kind that a column may fill, in the order in which they are offered."""
    if kind == "item":
        return list(items.FIELDS)
    columns = MODEL_OF[kind].__table__.columns
    return [name for name in FIELDS if name in columns and name not in _NOT_IMPORTED]


def keys_of(kind: str) -> list[str]:
    """By what the rows of a file may be recognised: items have no e-mail address."""
    return [key for key in KEYS if key == "none" or key in targets(kind)]


def recognised(kind: str, headers: Sequence[str]) -> list[str]:
    """For each heading the field it usually means, "" where it means none; no field twice."""
    found = [""] * len(headers)
    for position, header in enumerate(headers):
        candidates = [name for name in targets(kind) if _means(kind, header, name)]
        free = [name for name in candidates if name not in found]
        if free:
            found[position] = free[0]
    if kind == "contact":
        _prefer_persons(headers, found)
    return found


def template(kind: str) -> list[str]:
    """Headings for an empty file to fill in, in the reader's language; all of them are recognised."""
    return [str(fields.label(name)) for name in targets(kind)]


def problems(kind: str, columns: Sequence[str], key: str) -> dict[str, Sentence]:
    """What keeps a choice of columns from being imported: for each form field its sentence."""
    found: dict[str, Sentence] = {}
    for position, name in enumerate(columns):
        if name and name in columns[:position]:
            found[f"column-{position}"] = _l(
                "Two columns are imported as “%(field)s”. Keep one of them.", field=fields.label(name)
            )
    found |= _missing(kind, columns)
    if key not in keys_of(kind):
        found["key"] = _l("Choose how existing cards are recognised.")
    elif key != "none" and key not in columns:
        found["key"] = _l(
            "No column is imported as “%(field)s”. Choose it, or recognise existing cards another way.",
            field=fields.label(key),
        )
    return found


def _missing(kind: str, columns: Sequence[str]) -> dict[str, Sentence]:
    """A file without names, or without numbers and descriptions of items, cannot be imported."""
    for name in _NEEDED.get(kind, ()):
        if name not in columns:
            return {"column-0": _l("Choose the column for “%(field)s”.", field=fields.label(name))}
    is_person = kind == "contact" and {"first_name", "last_name"} & set(columns)
    if kind not in _NEEDED and "name" not in columns and not is_person:
        return {"column-0": _l("Choose the column with the name.")}
    return {}


def _means(kind: str, header: str, name: str) -> bool:
    spelled = _spelling(header)
    if not spelled:
        return False
    own = {_spelling(name.removesuffix("_id")), _spelling(str(fields.label(name)))}
    return spelled in own or spelled in _HEADINGS.get(name, "").split()


def _spelling(header: str) -> str:
    return re.sub(r"[^a-z0-9]", "", fold(header))


def _prefer_persons(headers: Sequence[str], found: list[str]) -> None:
    """Beside first and last names, "Nom" is the last name and "Company" the company of the person."""
    if "first_name" in found and "last_name" not in found:
        for position, header in enumerate(headers):
            if found[position] == "name" and _spelling(header) == "nom":
                found[position] = "last_name"
    if not {"first_name", "last_name"} & set(found) or "company_id" in found:
        return
    for position, header in enumerate(headers):
        if found[position] == "name" and _means("contact", header, "company_id"):
            found[position] = "company_id"
