"""What several subjects share: access, sessions, errors, headers, answers to htmx, lists and cards."""
