"""Stubs: mock responses for external services."""


class StubsNotReady(Exception):  # noqa: N818 - an answer of a probe, not an error
    """A stub server is not ready; the message is its answer in one line."""
