"""Customers: whom the office sells to."""

from blueprints.customers.routes import blueprint

__all__ = ["blueprint"]
