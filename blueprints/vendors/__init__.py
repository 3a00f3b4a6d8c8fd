"""Vendors: whom the office buys from."""

from blueprints.vendors.routes import blueprint

__all__ = ["blueprint"]
