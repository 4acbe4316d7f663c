"""The files of a service as they last worked, with which it is started again where a change is broken."""

import filecmp
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

_LARGEST = 4 << 20  # bytes of a file of code
_MOST = 256 << 20  # bytes altogether


@dataclass(kw_only=True)
class Earlier:
    """Copies of files in a folder of localenv's state."""

    folder: Path
    _changed: set[Path] = field(default_factory=set)  # since they last worked

    def begin(self, files: Iterable[Path]) -> None:
        """Keep these files as they are now."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, mode=0o700)
        size = 0
        for path in files:
            size += self._keep(path)
            if size > _MOST:
                break

    def change(self, files: Iterable[Path]) -> None:
        """Record files that have changed."""
        self._changed.update(files)

    @property
    def changed(self) -> frozenset[Path]:
        """The files that have changed since they last worked."""
        return frozenset(self._changed)

    def work(self) -> None:
        """Keep what has changed: it works."""
        for path in self._changed:
            self._keep(path)
        self._changed.clear()

    def instead(self) -> dict[Path, Path]:
        """The copies of those that have changed, by the files in whose place they are to be seen."""
        pairs = {path: self._copy(path) for path in self._changed if path.is_file()}
        return {
            path: copy for path, copy in pairs.items() if copy.is_file() and not filecmp.cmp(path, copy, shallow=False)
        }

    def _keep(self, path: Path) -> int:
        """Copy a file; returns the bytes that this takes."""
        with suppress(OSError):  # removed meanwhile, or a full disk
            self._copy(path).unlink(missing_ok=True)
            if path.is_file() and (size := path.stat().st_size) <= _LARGEST:
                shutil.copy2(path, self._copy(path))  # with its time, which Python compares
                return size
        return 0

    def _copy(self, path: Path) -> Path:
        return self.folder / sha256(bytes(path)).hexdigest()[:32]
