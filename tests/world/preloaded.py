"""Everything that a command of localenv and pytest may import; see `forks`."""

import encodings.utf_8_sig  # noqa: F401 - at the first use, as the next
import gc
import importlib
import pkgutil

import pydantic.type_adapter  # noqa: F401
from _pytest.config import default_plugins

import localenv
from localenv.description.model import Model
from tests.world import http_clients  # noqa: F401

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


def _build(model: type[Model]) -> None:
    """Build the validators of models, which otherwise each command does at their first use."""
    model.model_rebuild()
    for one in model.__subclasses__():
        _build(one)


for _name in default_plugins:
    importlib.import_module(f"_pytest.{_name}")
_build(Model)
gc.freeze()
