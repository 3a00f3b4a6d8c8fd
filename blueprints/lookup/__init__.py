"""Suggestions of choosing fields, and the full list behind "Show all"."""

from blueprints.lookup.routes import blueprint

__all__ = ["blueprint"]
