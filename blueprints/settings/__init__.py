"""Settings: what administrators configure."""

from flask import Blueprint

blueprint = Blueprint("settings", __name__, url_prefix="/settings")

# The modules hang their routes on the blueprint, so it exists before them.
from blueprints.settings import (  # noqa: E402
    backups,  # noqa: F401
    code_tables,  # noqa: F401
    company,  # noqa: F401
    contacts,  # noqa: F401
    data_export,  # noqa: F401
    documents,  # noqa: F401
    interactions,  # noqa: F401
    items,  # noqa: F401
    mail,  # noqa: F401
    overview,  # noqa: F401
    privacy,  # noqa: F401
    sync_check,  # noqa: F401
    texts,  # noqa: F401
)
