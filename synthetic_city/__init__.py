"""A demo city: the feeds its organisations send, and the truth behind them."""
