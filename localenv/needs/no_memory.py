"""What a kind says whose data cannot be brought back."""

from pathlib import Path

from localenv.stack import Connection

RESTORES = False


def remember(connection: Connection, folder: Path) -> None:
    """Nothing is remembered."""


def restore(connection: Connection, folder: Path) -> tuple[str, ...]:
    """Nothing is brought back."""
    return ()


def forget(connection: Connection, folder: Path) -> None:
    """There is nothing to forget."""
