"""Studies that show, on simulated cities with planted truths, what methods can do."""
