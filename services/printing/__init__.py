"""Printed documents: what stands on them, in the customer's language, set as PDF."""
