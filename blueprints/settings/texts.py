"""Settings › Texts: what letters begin with, for each kind of document and language."""

from typing import Any

from flask import Response, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField

from blueprints.common.access import access
from blueprints.settings import answers, blueprint
from blueprints.settings.forms import SettingsForm
from extensions import db
from services.documents.kinds import KINDS
from services.mail import texts

KIND = "<any(" + ", ".join(texts.KINDS) + "):kind>/<any(en, fr):language>"
LANGUAGES = {"en": _l("English"), "fr": _l("French")}


class TextForm(SettingsForm):
    """The subject and text of one kind in one language."""

    subject = StringField(_l("Subject"))
    body = TextAreaField(_l("Text"))


@blueprint.get("/texts")
@access("settings")
def letter_texts() -> Any:
    own = texts.own_texts(db.session())
    rows = [
        {
            "label": _label(kind),
            "cells": [
                {
                    "url": url_for("settings.letter_text", kind=kind, language=language),
                    "language": words,
                    "own": (kind, language) in own,
                }
                for language, words in LANGUAGES.items()
            ],
        }
        for kind in texts.KINDS
    ]
    return render_template("settings/texts.html", rows=rows, languages=LANGUAGES)


@blueprint.get(f"/texts/{KIND}")
@access("settings")
def letter_text(kind: str, language: str) -> Any:
    found = texts.text_of(db.session(), kind, language)
    return _page(TextForm(data={"subject": found.subject, "body": found.body}), kind, language)


@blueprint.post(f"/texts/{KIND}")
@access("settings")
def save_letter_text(kind: str, language: str) -> Any:
    form = TextForm()
    if not answers.save(
        form, lambda values: texts.save(db.session(), kind, language, values["subject"], values["body"])
    ):
        return _page(form, kind, language, 422)
    return answers.saved(url_for("settings.letter_texts"))


def _page(form: TextForm, kind: str, language: str, status: int = 200) -> Response:
    return answers.form_page(
        "settings/text.html",
        form,
        status,
        heading=f"{_label(kind)} – {LANGUAGES[language]}",
        usual=texts.usual(kind, language),
        is_usual=texts.text_of(db.session(), kind, language).is_usual,
        placeholders=texts.PLACEHOLDERS,
        cancel_url=url_for("settings.letter_texts"),
    )


def _label(kind: str) -> str:
    return str(KINDS[kind].label) if kind in KINDS else _("E-mail from a card")
