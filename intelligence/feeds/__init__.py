"""Feeds as delivered: files found, read in any usual form and landed as Parquet."""
