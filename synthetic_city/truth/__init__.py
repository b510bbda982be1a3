"""The truth behind the feeds, in files that no model may read."""
