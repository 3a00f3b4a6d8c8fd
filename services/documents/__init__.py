"""Quotes, orders, invoices and credit memos: what may be done with them, and what follows."""
