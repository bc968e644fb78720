"""Limits of accounts: requests per minute, load control, states of keys."""
