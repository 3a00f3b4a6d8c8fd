"""The sheets of the workbook, one function for each; importing them tells the registry about them."""

from services.privacy import modules  # noqa: F401  the modules exist before their exports
from services.privacy.sheets import cards, documents, exchanges, traces  # noqa: F401  each declares its exports
