"""The files of secrets and configs."""

from pathlib import Path

from localenv import paths


def generated(identity: str) -> Path:
    """The generated secrets of an environment."""
    return paths.state(identity, make=False) / "generated.json"


def secret_file(folder: Path, name: str) -> Path:
    """The file of a secret or config in that folder; a public half, `NAME.pub`, is not beside its private half."""
    return folder / ".public" / name if name.endswith(".pub") else folder / name
