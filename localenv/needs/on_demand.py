"""A table whose values are imported when they are first looked up: most environments use one or two of them."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")


class OnDemand(Mapping[str, T]):
    """Each value is made by a function, once."""

    def __init__(self, imports: Mapping[str, Callable[[], T]]) -> None:
        self._imports = imports
        self._found: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name not in self._found:
            self._found[name] = self._imports[name]()
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in self._imports

    def __iter__(self) -> Iterator[str]:
        return iter(self._imports)

    def __len__(self) -> int:
        return len(self._imports)
