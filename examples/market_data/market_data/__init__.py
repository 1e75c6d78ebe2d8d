"""A small market data pipeline: poll, decode, check, write, commit."""
