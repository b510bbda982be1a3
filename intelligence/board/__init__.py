"""Answers of the board, computed from released counts alone."""
