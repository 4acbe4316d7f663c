"""Changes of stubs as they are saved."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from threading import Event

from watchfiles import Change, DefaultFilter, watch

from localenv.stack import Upstream
from localenv.stubs import roots

_SETTLED = 20  # milliseconds without a further change: an editor's writing and renaming is one save
_LONGEST = 50  # milliseconds that changes are gathered at most
_LOOK = 100  # milliseconds between two looks for roots that came or went

Roots = Mapping[Path, frozenset[str]]  # the upstreams of each root


class _Stubs(DefaultFilter):
    ignore_dirs = ()  # only what editors leave behind is no stub


def changes(upstreams: Iterable[Upstream], stop: Event) -> Iterator[set[str]]:
    """The names of upstreams whose stubs changed, about 30 ms after each save, until `stop` is set.

    Roots may come, go and come again meanwhile.
    """
    watched = _roots(upstreams)
    seen = _there(watched)
    owed: set[str] = set()  # said once the new watch stands, so that nothing falls between two
    while watched and not stop.is_set():
        with closing(_looks(watched, seen, stop)) as looks:
            for names, gone in looks:
                if names or owed:
                    yield names | owed
                owed = set()
                now = _there(watched)
                if gone or now != seen:
                    owed = {name for root in gone | (now ^ seen) for name in watched[root]}
                    seen = now
                    break


def _looks(
    watched: Roots, there: frozenset[Path], stop: Event
) -> Generator[tuple[set[str], frozenset[Path]], None, None]:
    """The upstreams changed, and the roots removed, at every look."""
    if not there:
        stop.wait(_LOOK / 1000)
        yield set(), frozenset()
        return
    found = watch(
        *there,
        watch_filter=_Stubs(),
        debounce=_LONGEST,
        step=_SETTLED,
        rust_timeout=_LOOK,
        yield_on_timeout=True,
        stop_event=stop,
    )
    try:
        for batch in found:
            paths = [(kind, Path(path)) for kind, path in batch]
            names = {name for _, path in paths for root in there if _holds(root, path) for name in watched[root]}
            yield names, frozenset(path for kind, path in paths if kind is Change.deleted and path in there)
    except FileNotFoundError:  # a root that went before it was watched
        yield set(), frozenset()


def _roots(upstreams: Iterable[Upstream]) -> Roots:
    found: dict[Path, frozenset[str]] = {}
    for upstream in upstreams:
        for root in upstream.roots:
            found[root.resolve()] = found.get(root.resolve(), frozenset()) | {upstream.name}
    return found


def _there(watched: Roots) -> frozenset[Path]:
    return frozenset(root for root in watched if root.is_dir())


def _holds(root: Path, path: Path) -> bool:
    return path.is_relative_to(root) and path.relative_to(root).parts[:1] in {(roots.MAPPINGS,), (roots.BODIES,)}
