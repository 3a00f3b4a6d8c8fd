"""Speed measurements of Carnet beside two floors; see README.md. Not tests."""
