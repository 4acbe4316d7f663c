"""Programs of localenv's own: modules of this folder that need the standard library alone, each started by its file."""

import sys
from pathlib import Path


def argv(name: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs the module of that name, whatever the environment says to Python."""
    return (sys.executable, "-I", "-S", str(Path(__file__).resolve().with_name(f"{name}.py")), *arguments)
