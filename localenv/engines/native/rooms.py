"""Records of completed `native.setup` steps in the cache, and which step is due again, and why."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from localenv import paths
from localenv.host import context, files

NOT_YET = "not done yet"
_DONE = "done"
_STEPS = "steps.json"
# tool folders that are compared as a whole
_WHOLE = frozenset({"node_modules", ".venv"})
_NOT_LOOKED_AT = frozenset({".git", "__pycache__", ".localenv"})

Listing = Mapping[str, tuple[int, int, int]]


@dataclass(frozen=True, kw_only=True)
class DoneStep:
    """A completed step: its inputs, its outputs relative to the folder it ran in, and the Python packages it needs."""

    inputs: Mapping[str, str]
    outputs: tuple[str, ...] = ()
    packages: tuple[str, ...] | None = None  # None: unknown


@dataclass(frozen=True, kw_only=True)
class RoomRecord:
    """The record of a prepared folder: its interpreters, and the completed steps in order."""

    interpreters: tuple[str, ...] = ()
    steps: tuple[DoneStep, ...] = ()

    @property
    def outputs(self) -> frozenset[str]:
        """All outputs of the steps."""
        return frozenset(name for step in self.steps for name in step.outputs)


@dataclass(frozen=True, kw_only=True)
class Due:
    """The number of the first step that is due, and why."""

    step: int
    reason: str
    record: RoomRecord = field(default_factory=RoomRecord)


def is_whole(room: Path) -> bool:
    """Whether a folder is complete; one in progress is locked by `room.lock` beside it."""
    return (room / _DONE).is_file()


def use(room: Path, identity: str) -> None:
    """Record that an environment uses a folder: it is not removed as the longest unused one."""
    used = paths.prepared(identity)
    used.mkdir(exist_ok=True, mode=0o700)
    (used / room.name).touch()


def due(room: Path, wanted: Sequence[Mapping[str, str]], folder: Path) -> Due | None:
    """The first due step, for steps with inputs `wanted` that run in a folder; None if all are done."""
    record = read(room)
    if record is None:
        return Due(step=0, reason=NOT_YET)
    for number, goes_by in enumerate(wanted):
        if number >= len(record.steps):
            return Due(step=number, reason=NOT_YET, record=record)
        if reason := _changed(record.steps[number].inputs, goes_by) or _missing(record.steps[number], folder):
            return Due(step=number, reason=reason, record=record)
    return None if is_whole(room) else Due(step=len(wanted), reason=NOT_YET, record=record)


def read(room: Path) -> RoomRecord | None:
    """The record of a folder; None if there is none."""
    try:
        document = json.loads((room / _STEPS).read_text())
        steps = tuple(map(_step, document["steps"]))
        return RoomRecord(interpreters=tuple(document["interpreters"]), steps=steps)
    except (OSError, ValueError, LookupError, TypeError):
        return None


def write(room: Path, record: RoomRecord) -> None:
    """Record progress: the folder is not complete until `finish`."""
    (room / _DONE).unlink(missing_ok=True)
    files.write(room / _STEPS, json.dumps(asdict(record)))


def finish(room: Path) -> None:
    """Record completion."""
    (room / _DONE).touch()


def is_older(room: Path, time: float) -> bool:
    """Whether a folder was completed before a time."""
    try:
        return (room / _DONE).stat().st_mtime < time
    except FileNotFoundError:
        return False


@contextmanager
def aside(room: Path) -> Iterator[None]:
    """Inside the block another room is made in its place; the old one comes back if that fails."""
    old = room.with_name(f".{room.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    room.rename(old)
    try:
        yield
    except BaseException:
        shutil.rmtree(room, ignore_errors=True)
        old.rename(room)
        raise
    shutil.rmtree(old, ignore_errors=True)


def put_back(kept: Path, room: Path) -> None:
    """Put a kept folder in the place of a room; programs that run in that find their files at any time but a moment."""
    fresh, old = room.with_name(f".{room.name}.fresh"), room.with_name(f".{room.name}.old")
    for one in (fresh, old):
        shutil.rmtree(one, ignore_errors=True)
    shutil.move(kept, fresh)
    with suppress(FileNotFoundError):
        room.rename(old)
    fresh.rename(room)
    shutil.rmtree(old, ignore_errors=True)


def forget_overwritten(room: Path, others: Iterable[Path], outputs: frozenset[str]) -> None:
    """In other rooms, mark steps as due whose outputs in the same folder were overwritten."""
    for other in others:
        record = read(other) if other != room else None
        kept = _until_overwritten(record.steps, outputs) if record else ()
        if record and len(kept) < len(record.steps):
            write(other, RoomRecord(interpreters=record.interpreters, steps=kept))


def listing(folder: Path) -> Listing:
    """The files below a folder with size and times; a tool folder is one entry."""
    return dict(_listed(str(folder), ""))


def written(before: Listing, after: Listing, earlier: Iterable[str]) -> tuple[str, ...]:
    """The outputs of a step, by comparing two listings, and the `earlier` outputs that still exist."""
    changed = {name for name, look in after.items() if before.get(name) != look}
    return tuple(sorted(changed | {name for name in earlier if name in after}))


def _step(recorded: Mapping[str, Any]) -> DoneStep:
    packages = recorded.get("packages")
    return DoneStep(
        inputs=recorded["inputs"],
        outputs=tuple(recorded["outputs"]),
        packages=None if packages is None else tuple(packages),
    )


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    changed = [f"{name} changed" for name, digest in now.items() if before.get(name, digest) != digest]
    changed += [f"{name} is new" for name in now if name not in before]
    changed += [f"{name} is gone" for name in before if name not in now]
    return _first(changed)


def _missing(step: DoneStep, folder: Path) -> str:
    return _first([f"{name} is missing" for name in step.outputs if not os.path.lexists(folder / name)])


def _first(reasons: Sequence[str]) -> str:
    more = f" and {len(reasons) - 1} more" if len(reasons) > 1 else ""
    return reasons[0] + more if reasons else ""


def _until_overwritten(steps: Sequence[DoneStep], outputs: frozenset[str]) -> tuple[DoneStep, ...]:
    number = next((n for n, step in enumerate(steps) if not outputs.isdisjoint(step.outputs)), len(steps))
    return tuple(steps[:number])


def _listed(folder: str, below: str) -> Iterator[tuple[str, tuple[int, int, int]]]:
    with suppress(OSError), os.scandir(folder) as found:
        for entry in found:
            name = f"{below}{entry.name}"
            if entry.name in _NOT_LOOKED_AT or context.is_written(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False) and entry.name not in _WHOLE:
                yield from _listed(entry.path, f"{name}/")
                continue
            with suppress(OSError):
                details = entry.stat(follow_symlinks=False)
                is_folder = entry.is_dir(follow_symlinks=False)
                changing = (0, 0) if is_folder else (details.st_size, details.st_mtime_ns)
                yield name, (details.st_ino, *changing)
