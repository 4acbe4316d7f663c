"""Packages whose names are imported as they are first asked for: a command imports what it uses."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def names(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package, see PEP 562; `homes` says which of its modules has a name."""

    def attribute(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home = import_module(package)
        found = getattr(import_module(f"{package}.{homes[name]}"), name)
        setattr(home, name, found)
        return found

    return attribute
