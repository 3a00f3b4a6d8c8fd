"""What happened with contacts: the list, one entry, entering and cancelling it."""

from flask import Blueprint

blueprint = Blueprint("interactions", __name__)

# The modules hang their routes on the blueprint, so it exists before them.
from blueprints.interactions import entering, routes  # noqa: E402, F401
