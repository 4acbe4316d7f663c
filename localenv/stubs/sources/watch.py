"""Watch stub files for changes."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from stat import S_ISDIR
from threading import Event

from localenv.host.file_changes import Pace, bursts
from localenv.stack import Upstream
from localenv.stubs import sources

# an editor's write and rename is one save; each look is also for created or removed folders and changed files
_PACE = Pace(quiet=30, longest=60, look=200)

Watched = Mapping[Path, frozenset[str]]  # the upstreams of each file or folder
SeenPaths = Mapping[Path, tuple[int, ...]]  # the existing paths: for a file, values of its last save


def changes(upstreams: Iterable[Upstream], stop: Event) -> Iterator[set[str]]:
    """Yield the names of upstreams whose stubs changed, about 40 ms after each save, until `stop` is set.

    Yields all of them when the watch starts, because earlier saves could be missed. Folders and files may be removed
    and created again meanwhile.
    """
    watched = _watched(upstreams)
    seen = _seen(watched)
    owed = {name for names in watched.values() for name in names}  # yielded when a watch starts: nothing is missed
    while watched and not stop.is_set():
        with closing(_looks(watched, seen, stop)) as looks:
            for names, gone in looks:
                if names or owed:
                    yield names | owed
                owed = set()
                now = _seen(watched)
                if gone or now != seen:
                    differing = {path for path in watched if now.get(path) != seen.get(path)}
                    owed = {name for path in gone | differing for name in watched[path]}
                    seen = now
                    break


def _looks(watched: Watched, seen: SeenPaths, stop: Event) -> Generator[tuple[set[str], frozenset[Path]], None, None]:
    """The changed upstreams and the removed folders, at every poll."""
    folders = [path for path, state in seen.items() if not state]
    if not folders:
        stop.wait(_PACE.look / 1000)
        yield set(), frozenset()
        return
    try:
        for burst in bursts(folders, stop, _PACE, ignored=()):  # only editors' temporary files are ignored
            paths = [one.path for one in burst]
            names = {name for path in paths for own in folders if path.is_relative_to(own) for name in watched[own]}
            yield names, frozenset(one.path for one in burst if one.is_removed and one.path in folders)
    except FileNotFoundError:  # the folder was removed before it was watched
        yield set(), frozenset()


def _watched(upstreams: Iterable[Upstream]) -> Watched:
    found: dict[Path, frozenset[str]] = {}
    for upstream in upstreams:
        for path in (path.resolve() for source in upstream.sources for path in sources.watched(source)):
            found[path] = found.get(path, frozenset()) | {upstream.name}
    return found


def _seen(watched: Watched) -> SeenPaths:
    return {path: state for path in watched if (state := _state(path)) is not None}


def _state(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return () if S_ISDIR(found.st_mode) else (found.st_mtime_ns, found.st_size, found.st_ino)
