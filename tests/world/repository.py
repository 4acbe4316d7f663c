"""Write repositories for tests."""

import shutil
import textwrap
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]  # the one with these tests

Files = Mapping[str, str | bytes]


def write(folder: Path, files: Files) -> Path:
    """Write files (`{"envs/local.yaml": "…"}`, texts dedented) into a repository; returns its folder."""
    (folder / ".git").mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else textwrap.dedent(content).encode())
    return folder


def copied(source: Path, target: Path) -> None:
    """Copy the checked-in files of a folder."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
