"""Stubs: what answers for the services of others."""


class StubsNotReady(Exception):  # noqa: N818 - an answer of a probe, not an error
    """What a stub server that is not ready answered, in one line."""
