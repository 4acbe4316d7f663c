"""Changes of files that count: a burst is one, and what git ignores is none."""

import os
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
    there = {file for path in known.values() for file in _files(path)}
    for burst in bursts(outer, over, _PACE, ignored=(*IGNORED, ".localenv")):
        changed = sorted({*(one.path for one in burst), *(_since(missed, known) if missed else ())})
        missed = None
        near = [named for path in changed if (named := _named(path, known))]
        counted = _counted(_with_content(near, {one.path for one in burst if one.is_new}, there), there)
        there.difference_update(counted)
        there.update(path for path in counted if not _is_gone(path))
        yield counted


def _since(time: float, paths: Iterable[Path]) -> Iterator[Path]:
    """The files below these paths that were written since then."""
    for path in paths:
        for file in _files(path):
            with suppress(OSError):
                if file.stat().st_mtime >= time - _COARSE:
                    yield file


def _files(path: Path) -> Sequence[Path]:
    return inputs.tracked(path) if path.is_dir() else (path,)


def _named(path: Path, known: Mapping[Path, Path]) -> Path | None:
    """A changed file under the name that it has in the description, whatever links lead there; None outside of all."""
    inside = [one for one in known if path.is_relative_to(one)]
    if not inside:
        return None
    nearest = max(inside, key=lambda one: len(one.parts))
    return known[nearest] / path.relative_to(nearest)


def _with_content(paths: Sequence[Path], new: Collection[Path], there: Collection[Path]) -> list[Path]:
    """The paths, and the files of folders that are new or gone: a renamed one is reported by its name alone."""
    found = dict.fromkeys(paths)
    for path in paths:
        if path.is_dir() and path.resolve() in new:
            found |= dict.fromkeys(inputs.tracked(path))
        elif _is_gone(path) and path not in there:
            found |= dict.fromkeys(one for one in there if str(one).startswith(f"{path}/"))
    return [*found]


def _counted(paths: Sequence[Path], there: Collection[Path]) -> list[Path]:
    """Without folders, documentation, what git ignores, and what programs and editors write at run time.

    Files that are gone count if they were `there`: git may not know them any more.
    """
    files = [path for path in paths if (path in there or not path.is_dir()) and not rules.is_no_source(path)]
    new = [path for path in files if path not in there and not _is_gone(path)]
    tops = {path: tracked.top(path.parent) for path in new}
    lists = {top: _tracked(top) for top in {*tops.values()} if top}
    return [path for path in files if path in there or (path in tops and _is_known(path, tops[path], lists))]


def _is_known(path: Path, top: Path | None, lists: Mapping[Path, frozenset[str] | None]) -> bool:
    """Whether git tracks a file or would track it; outside a checkout every file counts."""
    names = lists[top] if top else None
    return names is None or path.parent.resolve().joinpath(path.name).relative_to(top or "/").as_posix() in names


def _is_gone(path: Path) -> bool:
    return not os.path.lexists(path)


def _tracked(top: Path) -> frozenset[str] | None:
    names = tracked.tracked(top)
    return frozenset(names) if names is not None else None
