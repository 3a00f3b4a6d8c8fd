"""Long work and how far it is."""

from flask import Blueprint

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")

# The module hangs its routes on the blueprint, so it exists before it.
from blueprints.jobs import routes  # noqa: E402, F401
