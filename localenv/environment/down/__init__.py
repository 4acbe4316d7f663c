"""The end of an environment, however it comes about."""
