"""Members of the office: first start, signing in and out, one's own account, and the users page."""

from flask import Blueprint

blueprint = Blueprint("account", __name__)

# The modules hang their routes on the blueprint, so it exists before them.
from blueprints.account import own, resetting, setup, signing, users  # noqa: E402, F401
