"""The settings: their pages, and what the office may configure."""
