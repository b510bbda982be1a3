"""Publish what was built to the people who read it."""
