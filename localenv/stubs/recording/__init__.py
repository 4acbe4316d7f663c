"""Recorded traffic as stubs: secrets are replaced before anything is written."""
