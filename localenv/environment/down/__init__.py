"""Removal of an environment, by a command or by its guard."""
