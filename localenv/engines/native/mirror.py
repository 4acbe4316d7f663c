"""Copy a folder's sources, so that tools do not write their output into the repository."""

import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from localenv.host import contained, context, files, inputs, tracked

# the files of the last copy, NUL-terminated, because a name may contain a newline: removed files are removed from the
# copy
_LIST = ".localenv-files"


def bring_up_to_date(source: Path, copy: Path, *, keep: Collection[str] = ()) -> None:
    """Update the copy with the files of an image build context, and those that git tracks or would track.

    Other files stay, and those in `keep`, such as the output of steps.
    """
    modules = source / "node_modules"
    found = {*context.files(source, apart=[modules]), *inputs.tracked(source)}
    relative = (file.relative_to(source) for file in sorted(found))
    names = [str(name) for name in relative if "node_modules" not in name.parts]
    known = copy / _LIST
    for name in set(_names(known)) - {*names, *keep}:
        (copy / name).unlink(missing_ok=True)
    for name in names:
        if name not in keep:
            _renew(source / name, copy / name)
    files.write(known, "".join(f"{name}\0" for name in names))


def put(source: Path, copy: Path, instead: Mapping[Path, Path]) -> None:
    """Put files into the copy `instead` of those of the source, until it is updated with newer ones."""
    for path, other in instead.items():
        if path.is_relative_to(source):
            _renew(other, copy / path.relative_to(source))


def _renew(source: Path, copy: Path) -> None:
    if not source.exists():  # a broken link, or a file that was removed meanwhile
        return
    leads_out = source.is_symlink() and not contained.is_within(source, [tracked.top(source.parent) or source.parent])
    if source.is_dir() or leads_out:  # a link to a folder, or to outside of the repository
        _link(source, copy)
        return
    here, there = source.stat(), copy.stat() if copy.is_file() else None
    if there and (here.st_size, here.st_mtime_ns, here.st_mode) == (there.st_size, there.st_mtime_ns, there.st_mode):
        return
    copy.parent.mkdir(parents=True, exist_ok=True)
    fresh = copy.with_name(f".{copy.name}.localenv")
    shutil.copy2(source, fresh)
    fresh.replace(copy)  # atomic: a concurrent reader sees the complete old one


def _link(source: Path, copy: Path) -> None:
    if not copy.is_symlink() or copy.readlink() != source.resolve():
        copy.parent.mkdir(parents=True, exist_ok=True)
        if copy.is_dir() and not copy.is_symlink():
            shutil.rmtree(copy)
        copy.unlink(missing_ok=True)
        copy.symlink_to(source.resolve())


def _names(file: Path) -> list[str]:
    return os.fsdecode(file.read_bytes()).split("\0")[:-1] if file.is_file() else []
