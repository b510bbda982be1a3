"""Community beds: how many an ageing city needs."""
