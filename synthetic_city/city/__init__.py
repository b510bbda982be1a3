"""The true city: people, places, care and what was planted in them."""
