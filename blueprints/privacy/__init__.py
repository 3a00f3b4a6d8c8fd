"""Deleting cards, the bin, and taking back what was done."""

from blueprints.privacy import bin, deleting_many, undoing  # noqa: F401  add their routes to the blueprint
from blueprints.privacy.deleting import blueprint

__all__ = ["blueprint"]
