"""Where the files of a contract may lie."""

from pathlib import Path


def repository(file: Path) -> Path:
    """The folder that the files of a contract may come from: the nearest with `envs/` or git's top, else its own."""
    for folder in file.resolve().parents:
        if (folder / "envs").is_dir() or (folder / ".git").exists():
            return folder
    return file.resolve().parent
