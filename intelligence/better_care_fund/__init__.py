"""Better Care Fund schemes: what is known of each, and what it achieved."""
