"""Verbs of the office: they take records and plain values, return records or raise, and never commit."""
