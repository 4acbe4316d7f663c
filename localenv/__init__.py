"""Ephemeral local environments: the service under work for real, its needs for real, stubs for everybody else."""
