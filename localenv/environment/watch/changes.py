"""Changes of files that count: a burst is one, and what git ignores is none."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event as Flag

from localenv.environment.watch import rules
from localenv.host import inputs, tracked
from localenv.host.file_changes import IGNORED, Pace, bursts
from localenv.host.waiting import repeatedly

_PACE = Pace(quiet=30, longest=2000, look=200)
_COARSE = 0.05  # seconds by which the time of a file may be behind the clock


def follow(paths: Iterable[Path], over: Flag, *, since: float | None = None) -> Iterator[list[Path]]:
    """Yield the files that changed below these paths, each burst once, until `over` is set; between them nothing.

    Those that have changed `since` then (seconds of the epoch) come first.
    """
    known = {path.resolve(): path for path in paths if path.exists()}
    folders = {path if path.is_dir() else path.parent for path in known}
    outer = [one for one in folders if not any(one != other and one.is_relative_to(other) for other in folders)]
    if not outer:
        for _ in repeatedly(over, _PACE.look / 1000):
            yield []
        return
    missed = since
    for burst in bursts(outer, over, _PACE, ignored=(*IGNORED, ".localenv")):
        changed = sorted({*(one.path for one in burst), *(_since(missed, known) if missed else ())})
        missed = None
        near = [named for path in changed if (named := _named(path, known))]
        yield _counted(_with_content(near, {one.path for one in burst if one.is_new}))


def _since(time: float, paths: Iterable[Path]) -> Iterator[Path]:
    """The files below these paths that were written since then."""
    for path in paths:
        for file in inputs.tracked(path) if path.is_dir() else (path,):
            with suppress(OSError):
                if file.stat().st_mtime >= time - _COARSE:
                    yield file


def _named(path: Path, known: Mapping[Path, Path]) -> Path | None:
    """A changed file under the name that it has in the description, whatever links lead there; None outside of all."""
    inside = [one for one in known if path.is_relative_to(one)]
    if not inside:
        return None
    nearest = max(inside, key=lambda one: len(one.parts))
    return known[nearest] / path.relative_to(nearest)


def _with_content(paths: Sequence[Path], new: Collection[Path]) -> list[Path]:
    """The paths, and the files of folders that are new or gone: a renamed one is reported by its name alone."""
    found = dict.fromkeys(paths)
    known: dict[Path, frozenset[str]] = {}
    for path in paths:
        if path.is_dir() and path.resolve() in new:
            found |= dict.fromkeys(inputs.tracked(path))
        elif not path.exists():
            found |= dict.fromkeys(_gone(path, known))
    return [*found]


def _gone(path: Path, known: dict[Path, frozenset[str]]) -> Iterator[Path]:
    """The files that git knows below a folder that is gone; `known` are their names, by the top of the checkout."""
    folder = next(one for one in path.parents if one.exists())
    top = tracked.top(folder)
    if top is None:
        return
    names = known.setdefault(top, known.get(top) or _tracked(top) or frozenset())
    name = (folder.resolve().relative_to(top) / path.relative_to(folder)).as_posix()
    if name not in names:
        yield from (path / one.removeprefix(f"{name}/") for one in names if one.startswith(f"{name}/"))


def _counted(paths: Sequence[Path]) -> list[Path]:
    """Without folders, documentation, what git ignores, and what programs and editors write at run time."""
    files = [path for path in paths if not path.is_dir() and not rules.is_no_source(path)]
    tops = {path: tracked.top(path.parent) for path in files if path.parent.exists()}
    lists = {top: _tracked(top) for top in {top for top in tops.values() if top}}
    found: list[Path] = []
    for path in files:
        top = tops.get(path)
        names = lists[top] if top else None
        # an editor's temporary file was never known to git
        if names is None or (top and path.parent.resolve().joinpath(path.name).relative_to(top).as_posix() in names):
            found.append(path)
    return found


def _tracked(top: Path) -> frozenset[str] | None:
    names = tracked.tracked(top)
    return frozenset(names) if names is not None else None
