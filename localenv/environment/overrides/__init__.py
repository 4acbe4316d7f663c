"""Overrides: what differs from the description in a running environment."""
