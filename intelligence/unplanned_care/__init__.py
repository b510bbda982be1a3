"""Unplanned care over time: control charts and turning points."""
