"""Everything that a command of localenv may import; see `forks`."""

import gc
import importlib
import pkgutil

import localenv

_ELSEWHERE = (
    "engines.native.scripts",
    "guard.serving",
    "pytest_plugin",
    "stubs.limiting",
    "stubs.responder",
    "stubs.verification",
)
_NAMES = [one.name for one in pkgutil.walk_packages(localenv.__path__, "localenv.")]

for _name in _NAMES:
    if not _name.startswith(tuple(f"localenv.{one}" for one in _ELSEWHERE)):
        importlib.import_module(_name)
gc.freeze()
