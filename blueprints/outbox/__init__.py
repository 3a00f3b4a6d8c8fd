"""Mail: what was sent and what waits, and writing an e-mail from a card."""

from flask import Blueprint

blueprint = Blueprint("outbox", __name__)

# The modules hang their routes on the blueprint, so it exists before them.
from blueprints.outbox import routes, writing  # noqa: E402, F401
