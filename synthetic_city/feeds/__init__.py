"""The tables of every feed: true rows, and SQL for the columns as delivered."""
