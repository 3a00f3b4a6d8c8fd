"""Tests of signing in, one's own account, and the users page."""
