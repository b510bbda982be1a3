"""The Python that the hub's models call: pure, typed functions."""
