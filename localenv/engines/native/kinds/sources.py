"""Where a server can come from natively: packages of PyPI that bring one, and what is installed on this machine."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

_BOTH = ("linux", "darwin")


@dataclass(frozen=True, kw_only=True)
class ServerSource:
    """One of them. What a package would bring is known before it is installed, so that an error can name it."""

    name: str  # as `pip install` takes it; of what is no package, as a person calls it
    folders: Callable[[], Iterable[Path]]  # of its programs, as far as they are here
    majors: tuple[int, ...] = ()  # the versions it brings
    extensions: frozenset[str] = frozenset()
    systems: tuple[str, ...] = _BOTH  # there are wheels for these


def in_package(module: str, pattern: str) -> Callable[[], Iterator[Path]]:
    """The folders of an installed package that match a pattern; it is not imported."""

    def folders() -> Iterator[Path]:
        found = find_spec(module)
        for folder in (found.submodule_search_locations or ()) if found else ():
            yield from sorted(Path(folder).glob(pattern))

    return folders


def bringing(
    sources: Iterable[ServerSource], major: int | None, extensions: Iterable[str] = ()
) -> Iterator[ServerSource]:
    """The packages that would bring a major version (None: any) with these extensions to this machine."""
    wanted = set(extensions)
    for one in sources:
        if one.majors and sys.platform in one.systems and wanted <= one.extensions and major in (None, *one.majors):
            yield one
