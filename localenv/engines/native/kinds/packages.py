"""Servers that are Python packages: run by this Python, or named with what to install."""

import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from localenv.engines.native.environment import way
from localenv.engines.native.program import Program, Room
from localenv.errors import EngineError
from localenv.stack import Need


def installed(need: Need, package: str, module: str, extra: str) -> str:
    """The version of a package; raises EngineError naming what to install."""
    try:
        if find_spec(module) is not None:
            return version(package)
    except PackageNotFoundError:
        pass
    raise EngineError(f"{need.name}: {need.kind} needs the package {package}", hint=hint(extra))


def hint(extra: str) -> str:
    """What to install."""
    return f"pip install 'localenv[{extra}]', or use --engine compose"


def program(room: Room, running: str, *arguments: str) -> Program:
    """Run a module of a package."""
    room.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Program(
        argv=(sys.executable, *arguments), environment=way() | _UNBUFFERED, folder=room.data, version=running
    )


_UNBUFFERED = {"PYTHONUNBUFFERED": "1"}
