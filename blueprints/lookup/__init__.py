"""Suggestions of choosing fields, and the full list behind "Show all"."""

from blueprints.lookup import documents  # noqa: F401  it hangs its routes on the blueprint
from blueprints.lookup.routes import blueprint

__all__ = ["blueprint"]
