"""The files in a folder of rendered files."""

from pathlib import Path


def compose(folder: Path) -> Path:
    """The rendered file in a folder; machine-specific settings are in separate files beside it."""
    return folder / "compose.yaml"


def network(folder: Path) -> Path:
    """The subnet, beside the rendered file."""
    return folder / "network.yaml"


def proxies(folder: Path) -> Path:
    """The machine's proxies, beside the rendered file."""
    return folder / "proxies.yaml"


def earlier(folder: Path) -> Path:
    """The mounts of earlier versions of files, beside the rendered file."""
    return folder / "earlier.yaml"


def leads(folder: Path) -> Path:
    """Where the paths that the rendered file mounts have led, beside it."""
    return folder / "leads.json"
