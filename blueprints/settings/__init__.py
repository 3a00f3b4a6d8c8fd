"""Settings: what administrators configure."""

from flask import Blueprint

blueprint = Blueprint("settings", __name__, url_prefix="/settings")

# The modules hang their routes on the blueprint, so it exists before them.
from blueprints.settings import backups, code_tables, company, contacts, overview, sync_check  # noqa: E402, F401
