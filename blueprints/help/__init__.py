"""Help for the people of the office, a page for each subject."""

from blueprints.help.routes import blueprint

__all__ = ["blueprint"]
