"""Contacts: people and companies the office knows."""

from blueprints.contacts import linking  # noqa: F401  adds its routes to the blueprint
from blueprints.contacts.routes import blueprint

__all__ = ["blueprint"]
