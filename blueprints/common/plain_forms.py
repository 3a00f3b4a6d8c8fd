"""A form whose values a service checks: it keeps what was typed, and shows the service's sentences."""

from typing import Any

from flask_wtf import FlaskForm

from services.errors import Invalid


class PlainForm(FlaskForm):  # type: ignore[misc]
    """CSRF is checked for every request before the view."""

    class Meta:
        csrf = False

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.problems: dict[str, list[str]] = {}

    def show_errors(self, problem: Invalid) -> None:
        """Put each sentence beside its field, and all of them where the summary finds them."""
        for name, sentences in problem.errors.items():
            self.problems[name] = [str(sentence) for sentence in sentences]
            if name in self._fields:
                self[name].errors = self.problems[name]
