"""The board pack: static pages for leaders, from the board database alone."""
