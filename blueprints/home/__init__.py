"""The home page, the activity, and the box that goes anywhere."""

from blueprints.home import go  # noqa: F401  adds its routes to the blueprint
from blueprints.home.routes import blueprint

__all__ = ["blueprint"]
