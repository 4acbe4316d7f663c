"""The sources of native servers: PyPI packages that contain one, and installed programs."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

_BOTH = ("linux", "darwin")


@dataclass(frozen=True, kw_only=True)
class ServerSource:
    """A source of a server. A package's content is known before it is installed, so that an error can suggest it."""

    name: str  # as in `pip install`; for other sources, a display name
    folders: Callable[[], Iterable[Path]]  # the folders of its programs that exist
    majors: tuple[int, ...] = ()  # the major versions it contains, or is compatible with
    server: str = ""  # another server than the kind's own: no version of it satisfies a strict need
    extensions: frozenset[str] = frozenset()
    systems: tuple[str, ...] = _BOTH  # the systems with wheels


def in_package(module: str, pattern: str) -> Callable[[], Iterator[Path]]:
    """The folders of an installed package that match a pattern; does not import it."""

    def folders() -> Iterator[Path]:
        found = find_spec(module)
        for folder in (found.submodule_search_locations or ()) if found else ():
            yield from sorted(Path(folder).glob(pattern))

    return folders


def bringing(
    sources: Iterable[ServerSource], major: int | None, extensions: Iterable[str] = ()
) -> Iterator[ServerSource]:
    """The packages with a major version (None: any) and these extensions for this machine."""
    wanted = set(extensions)
    for one in sources:
        if one.majors and sys.platform in one.systems and wanted <= one.extensions and major in (None, *one.majors):
            yield one
