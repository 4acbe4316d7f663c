"""Snapshots of this worker's needs, seeded or as the session found them, restored after each test."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from localenv import Environment, paths
from localenv.data import snapshots
from localenv.data.snapshots import PartlyRestored
from localenv.environment.up import seed_snapshots
from localenv.errors import JobError
from localenv.stack import Connection, Need, Reader
from localenv.stack.workers import owns_server


@dataclass(frozen=True, kw_only=True)
class WorkerSnapshots:
    """The snapshots of an environment's needs. `is_guest`: others continue to use it, so its data is restored."""

    environment: Environment
    is_guest: bool
    _layers: list[object] = field(default_factory=list, repr=False)  # fixtures with a snapshot, oldest first
    _gone: list[object] = field(default_factory=list, repr=False)  # those that ended while a later one is still set up

    def snapshot(self, names: Iterable[str]) -> None:
        """Take a snapshot of these needs; if one exists, from `up` or a dead process, restore it instead."""
        for need, connection in self._needs(names):
            if not self._is_restored(need, connection):
                snapshots.snapshot(need, connection, self._folder, whole=self._is_whole(need))

    def restore(self, names: Iterable[str]) -> None:
        """Restore the latest snapshots of these needs; connections stay open. Raises JobError."""
        for need, connection in self._needs(names):
            self._restore(need, connection, self._top)

    def push(self, holder: object, names: Iterable[str]) -> None:
        """Take another snapshot, for as long as the fixture `holder` is set up. Raises JobError."""
        self._layers.append(holder)
        for need, connection in self._needs(names):
            snapshots.snapshot(need, connection, self._top, whole=self._is_whole(need))

    def pop(self, holder: object, names: Iterable[str]) -> None:
        """Discard the snapshot of `holder`, once later ones are discarded, and restore the one before it.

        Raises JobError.
        """
        self._gone.append(holder)
        needs = list(self._needs(names))
        while self._layers and self._layers[-1] in self._gone:
            for need, connection in needs:
                snapshots.discard(need, connection, self._top, whole=self._is_whole(need))
                shutil.rmtree(self._top / need.name, ignore_errors=True)
            self._gone.remove(self._layers.pop())
        for need, connection in needs:
            self._restore(need, connection, self._top)

    def discard(self, names: Iterable[str]) -> None:
        """Discard the snapshots in needs that others continue to use."""
        for need, connection in self._needs(names):
            snapshots.discard(need, connection, self._folder, whole=self._is_whole(need))
            shutil.rmtree(self._folder / need.name, ignore_errors=True)

    def restore_and_discard(self, names: Iterable[str]) -> None:
        """Restore the remaining snapshots, and discard them. Raises JobError."""
        found = [name for name in names if (self._folder / name).exists()]
        self.restore(found)
        self.discard(found)

    def check(self, name: str) -> None:
        """Raise UsageError for a need whose kind cannot be reset."""
        seed_snapshots.check(self.environment.stack, name)

    def _is_restored(self, need: Need, connection: Connection) -> bool:
        """Whether a snapshot existed and was restored; one of a removed server is worthless."""
        if not (self._folder / need.name).exists():
            return False
        try:
            self._restore(need, connection, self._folder)
        except JobError:
            return False
        return True

    def _restore(self, need: Need, connection: Connection, folder: Path) -> None:
        """Restore; tests themselves must remove the databases that they create."""
        try:
            snapshots.restore(need, connection, folder, whole=self._is_whole(need))
        except PartlyRestored as error:
            if error.left_alone:
                raise

    def _is_whole(self, need: Need) -> bool:
        return owns_server(self.environment.stack, need.name)

    def _needs(self, names: Iterable[str]) -> Iterator[tuple[Need, Connection]]:
        able = seed_snapshots.resettable(self.environment.stack)
        for name in names:
            if name in able:
                resolution = self.environment.deployment.resolution
                yield self.environment.stack.needs[name], resolution.connection(name, Reader.MACHINE)

    @property
    def _top(self) -> Path:
        """The folder of the current snapshots."""
        return self._folder.with_name(f"{self._folder.name}.{len(self._layers)}") if self._layers else self._folder

    @property
    def _folder(self) -> Path:
        identity = self.environment.identity
        return paths.guest_snapshots(identity) if self.is_guest else seed_snapshots.folder(identity)
