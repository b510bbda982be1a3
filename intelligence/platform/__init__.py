"""What the hub runs on: feed files, zones, keys, pseudonyms, locks."""
