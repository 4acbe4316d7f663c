"""Record the files that a program makes in a folder of code: they are no code."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from localenv.engines.native import rooms
from localenv.engines.native.setup_plan import planned
from localenv.host import files, outputs
from localenv.stack import Service

_RECORD = "made.json"  # in a prepared folder: what its steps have made beside the sources


@contextmanager
def recorded(record: Path, folder: Path, known: Iterable[str] = ()) -> Iterator[set[Path]]:
    """Inside the block, a program runs; yields what is, after it, the files that it has written.

    Those are recorded that are new, or were made by an earlier run: recorded then, or `known` otherwise.
    """
    written: set[Path] = set()
    unchanged, before = outputs.unchanged(record), rooms.listing(folder)
    yield written
    after = rooms.listing(folder)
    written |= {folder / name for name in rooms.written(before, after, ())}
    if written:
        record.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        own = outputs.known(record) | {folder / name for name in known}
        outputs.record(record, {folder / name for name in after.keys() - before.keys()} | unchanged | (own & written))


def of_room(room: Path) -> Path:
    """The record of what the steps of a prepared folder have made."""
    return room / _RECORD


def share(room: Path, record: Path) -> None:
    """Copy that record, for an environment that uses the folder, whoever had it prepared."""
    if of_room(room).exists():
        record.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        files.write(record, of_room(room).read_text())


def by_steps(service: Service) -> frozenset[Path]:
    """What steps of `native.setup` have made in its folder, for any environment.

    Without what somebody else has changed since, unless a step is due that makes it again.
    """
    plan = planned(service, str)
    if plan is None or not plan.steps or plan.copies:
        return frozenset()
    due = plan.due
    again = due.record.steps[due.step :] if due else ()
    made = frozenset(plan.folder / name for step in again for name in step.outputs)
    return made.union(*(outputs.unchanged(of_room(room)) for room in plan.rooms))
