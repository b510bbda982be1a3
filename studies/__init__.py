"""Trials against planted truths, and measurements of speed, too long for tests."""
