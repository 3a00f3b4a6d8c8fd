"""The texts that letters begin with."""

import pytest
from sqlalchemy.orm import Session

from models import LetterText, Office
from services.errors import Invalid
from services.mail import letters, texts

VALUES = {
    "name": "Boulangerie Côté", "contact": "Marie Côté", "document": "Facture FV-1", "no": "FV-1",
    "date": "2026-06-15", "due": "2026-07-15", "total": "1 234,50 $", "office": "Office", "user": "Zoé",
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", texts.KINDS)
def test_every_kind_has_a_text_in_both_languages_with_everything_filled_in(
    session: Session, kind: str, language: str
) -> None:
    """O8: the customer's name and the document's number stand in it, and it can be sent as it is."""
    subject, body = texts.filled(session, kind, language, VALUES)
    assert "{" not in subject + body and "Marie Côté" in body and body.endswith("Zoé\nOffice")
    assert ("Bonjour" in body) == (language == "fr")
    letters.checked_text(body)
    if kind != "card":
        assert "FV-1" in letters.checked_subject(subject)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "It comes to 1 234,50 $.\n"), ("fr", "d'un montant de 1 234,50 $.\n")],
)
def test_an_invoice_without_a_due_date_is_mailed_without_speaking_of_one(
    session: Session, language: str, said: str
) -> None:
    """O8: “is due on .” is no sentence; an office's own text is taken as it is."""
    _subject, body = texts.filled(session, "invoice", language, VALUES | {"due": ""})
    assert said in body and "FV-1" in body and "2026-06-15" in body
    texts.save(session, "invoice", language, "{no}", "Due: {due}.")
    assert texts.filled(session, "invoice", language, VALUES | {"due": ""})[1] == "Due: ."


def test_the_reader_is_written_to_in_their_language_or_in_the_offices(session: Session) -> None:
    office = session.get_one(Office, 1)
    office.language = "fr-CA"
    session.flush()
    assert [texts.letter_language(session, one) for one in ("en-GB", "fr-FR", "de", "")] == [
        "en", "fr", "fr", "fr",
    ]  # fmt: skip


def test_the_office_has_texts_of_its_own_and_can_take_them_back(session: Session) -> None:
    texts.save(session, "invoice", "fr", "Votre facture {no}", "Bonjour {contact},\n{total}")
    assert texts.filled(session, "invoice", "fr-CA", VALUES) == (
        "Votre facture FV-1",
        "Bonjour Marie Côté,\n1 234,50 $",
    )
    assert texts.own_texts(session) == {("invoice", "fr")}
    assert texts.text_of(session, "invoice", "en").is_usual
    texts.save(session, "invoice", "fr", "", " ")
    assert session.query(LetterText).count() == 0
    texts.save(session, "card", "en", "", "Dear {contact}")
    assert texts.text_of(session, "card", "en").subject == ""


@pytest.mark.parametrize(
    ("subject", "body", "wrong"),
    [
        ("Invoice {nr}", "Text", {"subject"}),
        ("Invoice", "Dear {customer}", {"body"}),
        ("", "Text", {"subject"}),
        ("a\u2028b", "x" * 10_001, {"subject", "body"}),
    ],
)
def test_a_text_that_cannot_be_sent_or_filled_in_is_refused(
    session: Session, subject: str, body: str, wrong: set[str]
) -> None:
    with pytest.raises(Invalid) as problem:
        texts.save(session, "quote", "en", subject, body)
    assert set(problem.value.errors) == wrong


def test_names_with_braces_stay_as_they_are(session: Session) -> None:
    texts.save(session, "quote", "en", "{name}", "{name}")
    assert texts.filled(session, "quote", "en", {"name": "{office} {x} %s"}) == ("{office} {x} %s",) * 2
