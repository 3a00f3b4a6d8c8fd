"""Tests of cards and lists through the pages that users use."""
