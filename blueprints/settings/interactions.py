"""Settings › Interactions: which actions are recorded by themselves, and in which words (rule I1)."""

from typing import Any

from flask import Response, make_response, render_template, request, url_for

from blueprints.common import interaction_lines
from blueprints.common.access import access
from blueprints.settings import answers, blueprint
from extensions import db
from services import interactions
from services.errors import Invalid


@blueprint.get("/interactions")
@access("settings")
def interaction_kinds() -> Any:
    stored = interactions.settings_of(db.session())
    typed = {
        action: (row.enabled, row.wording) if (row := stored.get(action)) is not None else (True, "")
        for action in interactions.AUTOMATIC
    }
    return _page(typed)


@blueprint.post("/interactions")
@access("settings")
def save_interaction_kinds() -> Any:
    typed = {
        action: (f"enabled-{action}" in request.form, request.form.get(f"wording-{action}", ""))
        for action in interactions.AUTOMATIC
    }
    try:
        interactions.save_settings(db.session(), typed)
    except Invalid as problem:
        return _page(typed, {action: str(said[0]) for action, said in problem.errors.items()})
    answers.note()
    return answers.saved(url_for("settings.interaction_kinds"))


def _page(typed: dict[str, tuple[bool, str]], errors: dict[str, str] | None = None) -> Response:
    """One line for each kind; after a refusal with what was typed."""
    lines = [
        {
            "action": action,
            "title": interaction_lines.title(action),
            "usual": str(usual),
            "enabled": typed[action][0],
            "wording": typed[action][1],
            "error": (errors or {}).get(action, ""),
        }
        for action, usual in interactions.AUTOMATIC.items()
    ]
    page = render_template(
        "settings/interactions.html",
        lines=lines,
        errors={f"wording-{action}": said for action, said in (errors or {}).items()},
        placeholders=interactions.PLACEHOLDERS,
        problem=bool(errors),
    )
    return make_response(page, 422 if errors else 200)
