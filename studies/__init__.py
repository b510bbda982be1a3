"""Trials of the statistics against cities whose truth is known; not the tests."""
