"""Everything that speaks HTTP: one folder per subject."""

from importlib import import_module

from flask import Flask

SUBJECTS = (
    "account",
    "home",
    "contacts",
    "customers",
    "vendors",
    "bank_accounts",
    "documents",
    "lookup",
    "privacy",
    "history",
    "imports",
    "jobs",
    "outbox",
    "interactions",
    "settings",
    "help",
)


def register_blueprints(app: Flask) -> None:
    """Register every subject's blueprint, which its package calls `blueprint`."""
    for subject in SUBJECTS:
        app.register_blueprint(import_module(f"blueprints.{subject}").blueprint)
