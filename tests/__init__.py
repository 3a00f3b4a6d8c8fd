"""The tests of Carnet; see README.md."""
