"""The history of a card."""

from blueprints.history.routes import blueprint

__all__ = ["blueprint"]
