"""Bring an environment up: prepare the request, plan it, and carry out the plan."""
