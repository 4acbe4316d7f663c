"""Folders of mappings as the sources of an upstream."""

from pathlib import Path

from localenv.stack import StubSource


def folders(*roots: Path) -> tuple[StubSource, ...]:
    """WireMock roots, the first with the highest precedence."""
    return tuple(StubSource(kind="stubs", value=root) for root in roots)
