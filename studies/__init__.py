"""Studies that take too long for the tests: how often methods find what was planted."""
