"""Resolve a description, bring its environment up, inspect it and remove it."""
