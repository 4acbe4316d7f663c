"""This machine: files, locks, processes and ports."""
