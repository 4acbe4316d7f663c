"""Everything that a command of localenv and pytest may import; see `forks`."""

import gc
import importlib
import pkgutil

from _pytest.config import default_plugins

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
for _name in default_plugins:
    importlib.import_module(f"_pytest.{_name}")
gc.freeze()
