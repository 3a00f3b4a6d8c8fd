"""Subject and text that a letter begins with: the office's own for a kind and language, or the usual ones."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Document, LetterText, Office
from models.documents import DOCUMENT_KINDS
from services import formats, records
from services.errors import Invalid, Sentence
from services.mail import letters
from services.printing import composing, words
from services.text import TextProblem
from services.translations import Speaker, speaker

LANGUAGES = ("en", "fr")
# The kinds of letters: each kind of document, and an e-mail written on a card.
KINDS = (*DOCUMENT_KINDS, "card")
# What is filled in, and what it stands for.
PLACEHOLDERS: dict[str, Sentence] = {
    "name": _l("name of the customer or vendor"),
    "contact": _l("the person written to, or the name when there is none"),
    "document": _l("kind and number, such as Invoice INV-2026-00042"),
    "no": _l("number of the document"),
    "date": _l("date of the document"),
    "due": _l("day on which it is due"),
    "total": _l("total with its currency"),
    "office": _l("name of the office"),
    "user": _l("who sends it"),
}
# In a usual text each value stands for its own mark.
_MARKS = {name: "{" + name + "}" for name in PLACEHOLDERS}
_MARK = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Text:
    """A subject and a text, their placeholders still to be filled; `is_usual` when the office has not changed it."""

    subject: str
    body: str
    is_usual: bool = True


def text_of(session: Session, kind: str, language: str) -> Text:
    """What a letter of this kind begins with, in English or French."""
    row = _row(session, kind, language)
    return Text(row.subject, row.body, False) if row is not None else usual(kind, language)


def filled(session: Session, kind: str, language: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Subject and text with everything filled in, in the language of who gets it.

    `language` is the card's or the document's, such as fr-CA; where it is neither English nor French the office's
    counts. `values` are texts by the names of PLACEHOLDERS; one that is missing is left empty. The subject is cut
    to one line that a mail can carry.
    """
    language = letter_language(session, language)
    text = text_of(session, kind, language)
    if text.is_usual and not values.get("due"):
        text = usual(kind, language, is_due=False)
    subject = " ".join(_fill(text.subject, values).split())
    return subject[: letters.SUBJECT_LIMIT], _fill(text.body, values).strip()


def of_document(session: Session, document: Document, *, user: str) -> tuple[str, str]:
    """The letter that a document leaves with, in its own language; `user` is who sends it.

    What has no number yet keeps the mark of it: the number is given when the letter is sent.
    """
    office = records.office(session)
    locale = composing.locale_for(document, office)
    no = document.no or _MARKS["no"]
    values = {
        "name": document.name,
        "contact": document.contact_person or document.name,
        "document": f"{words.title(document.kind, locale)} {no}",
        "no": no,
        "date": formats.format_date(document.document_date, locale, "medium"),
        "due": formats.format_date(document.due_date, locale, "medium") if document.due_date else "",
        "total": formats.format_money(document.total, document.currency, locale),
        "office": office.name,
        "user": user,
    }
    return filled(session, document.kind, document.language, values)


def letter_language(session: Session, language: str) -> str:
    """English or French: the reader's own language, or else the office's."""
    office = session.get(Office, 1)
    for one in (language, office.language if office is not None else ""):
        if one[:2] in LANGUAGES:
            return one[:2]
    return LANGUAGES[0]


def usual(kind: str, language: str, *, is_due: bool = True) -> Text:
    """The text that Carnet comes with; without a due date it does not speak of one."""
    _ = speaker(language)
    if kind == "card":
        return Text("", _("Dear %(contact)s,") % _MARKS + "\n\n\n\n" + _signature(_))
    middle = _middle(kind, is_due, _)
    return Text(
        _("%(document)s – %(office)s") % _MARKS,
        "\n\n".join([_("Dear %(contact)s,") % _MARKS, *middle, _signature(_)]),
    )


def save(session: Session, kind: str, language: str, subject: str, body: str) -> None:
    """Save the office's own text; an empty one takes it back. Raises Invalid for subject and body."""
    row = _row(session, kind, language)
    if not subject.strip() and not body.strip():
        if row is not None:
            session.delete(row)
            session.flush()
        return
    errors: dict[str, Sentence] = {}
    values: dict[str, str] = {}
    for name, typed, check in (
        ("subject", subject, letters.checked_subject),
        ("body", body, letters.checked_text),
    ):
        # An e-mail written on a card may leave its subject to who writes it.
        if name == "subject" and kind == "card" and not typed.strip():
            values[name] = ""
            continue
        try:
            values[name] = check(typed)
            _check_marks(values[name])
        except TextProblem as problem:
            errors[name] = problem.message
    if errors:
        raise Invalid(errors)
    if row is None:
        row = LetterText(kind=kind, language=language)
        session.add(row)
    row.subject, row.body = values["subject"], values["body"]
    session.flush()


def own_texts(session: Session) -> set[tuple[str, str]]:
    """The kinds and languages for which the office has a text of its own."""
    return {(row.kind, row.language) for row in session.scalars(select(LetterText))}


# -- helpers ------------------------------------------------------------------------------------------


def _row(session: Session, kind: str, language: str) -> LetterText | None:
    return session.scalar(select(LetterText).where(LetterText.kind == kind, LetterText.language == language))


def _fill(text: str, values: Mapping[str, str]) -> str:
    return _MARK.sub(lambda mark: values.get(mark[1], "") if mark[1] in PLACEHOLDERS else mark[0], text)


def _check_marks(text: str) -> None:
    for mark in _MARK.findall(text):
        if mark not in PLACEHOLDERS:
            raise TextProblem(
                _l("Carnet knows nothing to put in place of %(mark)s.", mark="{" + mark[:30] + "}")
            )


def _signature(_: Speaker) -> str:
    return _("Kind regards,") + "\n{user}\n{office}"


def _middle(kind: str, is_due: bool, _: Speaker) -> list[str]:
    """The paragraphs between the greeting and the end."""
    if kind == "quote":
        return [
            _(
                "Thank you for your interest. Please find our quote %(no)s of %(date)s attached. It comes to %(total)s."
            )
            % _MARKS,
            _("Do you have a question, or a wish? Just answer this message."),
        ]
    if kind in ("order", "blanket_order", "service_order"):
        return [_("Thank you for your order. Please find its confirmation attached: %(document)s.") % _MARKS]
    if kind == "invoice":
        said = (
            _(
                "Please find our invoice %(no)s of %(date)s attached. It comes to %(total)s and is due on %(due)s."
            )
            if is_due
            else _("Please find our invoice %(no)s of %(date)s attached. It comes to %(total)s.")
        )
        return [
            said % _MARKS,
            _("Thank you for working with us."),
        ]
    if kind == "credit_memo":
        return [_("Please find our credit memo %(no)s of %(date)s attached. It comes to %(total)s.") % _MARKS]
    if kind == "purchase_quote":
        return [
            _(
                "Please tell us your prices and delivery times for what is listed in the attached %(document)s."
            )
            % _MARKS
        ]
    if kind == "purchase_order":
        return [_("Please find our order %(no)s of %(date)s attached, and confirm it to us.") % _MARKS]
    return [_("Please find %(document)s attached.") % _MARKS]
