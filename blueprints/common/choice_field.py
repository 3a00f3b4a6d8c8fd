"""A list to choose one of. Its options are written once: 250 countries are the same on every form."""

from functools import lru_cache
from typing import Any

from markupsafe import Markup
from wtforms import SelectField
from wtforms.widgets import Select


class _List(Select):  # type: ignore[misc]
    @classmethod
    def render_option(cls, choice: Any, **_attributes: Any) -> Markup:
        return _option(str(choice.value), str(choice.label or choice.value), choice.selected)


class ChoiceField(SelectField):  # type: ignore[misc]
    """A list; the services decide what may be stored, unless `validate_choice` limits it to what is offered."""

    widget = _List()

    def __init__(self, label: Any = None, **more: Any) -> None:
        super().__init__(label, **{"validate_choice": False, **more})


@lru_cache(maxsize=4096)
def _option(value: str, label: str, selected: bool) -> Markup:
    return Markup('<option {}value="{}">{}</option>').format("selected " if selected else "", value, label)
