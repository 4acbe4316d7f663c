"""Scripts that run as separate programs: modules in this folder that use only the standard library."""

import sys
from pathlib import Path


def argv(name: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs the module of that name, independent of Python's environment variables."""
    return (sys.executable, "-I", "-S", str(file(name)), *arguments)


def file(name: str) -> Path:
    """The file of the module of that name."""
    return Path(__file__).resolve().with_name(f"{name}.py")
