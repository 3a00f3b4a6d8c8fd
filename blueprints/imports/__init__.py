"""Importing cards from spreadsheets, in five steps: file, columns, check, run, result."""

from flask import Blueprint

blueprint = Blueprint("imports", __name__, url_prefix="/import")

# The modules hang their routes on the blueprint, so it exists before them.
from blueprints.imports import files, routes, steps  # noqa: E402, F401
