"""This machine: its files, locks, processes and ports."""
