"""Bank accounts of the office."""

from blueprints.bank_accounts.routes import blueprint

__all__ = ["blueprint"]
