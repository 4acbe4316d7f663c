"""The files of a build context as the builder gets them, independent of git.

Excluded are files in `.dockerignore`, and those that are no build input unless the Dockerfile names them: git's own
folder, those of editors, caches marked as such, output of running programs, and paths that the caller excludes.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path

from localenv.host import dockerignore, tracked
from localenv.host.dockerignore import Ignored

_MADE_BY_TOOLS = frozenset({".git", "__pycache__", ".localenv", ".idea", ".run", ".vscode"})
_LARGEST = 256 << 10  # bytes of a Dockerfile to look at for names
_CACHE = "CACHEDIR.TAG"  # https://bford.info/cachedir/
# files that programs and editors write at run time, if git ignores them
_PATTERNS = ("*.log", "*.pid", "*.sock", "*.sqlite*", "*.db", "*.db-*", ".coverage*", ".DS_Store", "*.sw[op]", "*~")
_WRITTEN = re.compile("|".join(map(translate, _PATTERNS)))


@dataclass(frozen=True, kw_only=True)
class _Context:
    folder: Path
    ignored: Ignored
    apart: frozenset[str]  # excluded names in it
    is_named: Callable[[str], bool]

    def files(self, below: str = "") -> Iterator[str]:
        """Names relative to the context, with slashes."""
        for entry in _entries(self.folder / below):
            name = f"{below}/{entry.name}" if below else entry.name
            if not entry.is_dir(follow_symlinks=False):
                if name not in self.ignored and not self._is_apart(name):
                    yield name
            elif not self.ignored.holds_nothing(name) and not self._is_passed_over(entry, name):
                yield from self.files(name)

    def _is_passed_over(self, entry: "os.DirEntry[str]", name: str) -> bool:
        is_made = entry.name in _MADE_BY_TOOLS or os.path.exists(f"{entry.path}/{_CACHE}")  # noqa: PTH110 - many
        return (is_made and not self.is_named(name) and not self.is_named(entry.name)) or self._is_apart(name)

    def _is_apart(self, name: str) -> bool:
        return name in self.apart and not self.is_named(name)


def files(
    context: Path, dockerfile: Path | None = None, inline: str | None = None, *, apart: Iterable[Path] = ()
) -> tuple[Path, ...]:
    """Every file and link, with the Dockerfile; without paths in `apart`, except those that contain the context."""
    return tuple(map(Path, texts(context, dockerfile, inline, apart=apart)))


def texts(
    context: Path, dockerfile: Path | None = None, inline: str | None = None, *, apart: Iterable[Path] = ()
) -> tuple[str, ...]:
    """The same as texts: creating a path takes longer than finding it, and there may be thousands."""
    own = dockerfile or context / "Dockerfile"
    text = inline or (_beginning(own) if own.is_file() else "")
    found = _Context(
        folder=context,
        ignored=dockerignore.read(context, dockerfile),
        apart=frozenset(_name(path, context) for path in apart if path != context and path.is_relative_to(context)),
        is_named=lambda name: _is_named(name, text),
    )
    names = list(found.files())
    written = [name for name in names if is_written(name) and not _is_named(name, text)]
    known = set(tracked.tracked(context) or written) if written else set()
    gone = set(written) - known
    return (*([str(own)] if own.is_file() else []), *(f"{context}/{name}" for name in names if name not in gone))


def _name(path: Path, context: Path) -> str:
    return path.relative_to(context).as_posix()


def is_written(name: str) -> bool:
    """Whether a file is named like those that programs and editors write at run time."""
    return _WRITTEN.match(name.rpartition("/")[2]) is not None


def is_made_by_tools(file: Path, folder: Path) -> bool:
    """Whether a file below a folder is in a folder that git or an editor keeps for itself."""
    return not _MADE_BY_TOOLS.isdisjoint(file.relative_to(folder).parts[:-1])


def _beginning(dockerfile: Path) -> str:
    with dockerfile.open("rb") as opened:
        return opened.read(_LARGEST).decode(errors="replace")


def _is_named(name: str, dockerfile: str) -> bool:
    """Whether a Dockerfile names a path."""
    return (
        name in dockerfile
        and re.search(rf"(?<![\w./-])(\./|/)?{re.escape(name)}(?![\w-]|\.\w)", dockerfile) is not None
    )


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError:  # removed meanwhile, or not readable: the builder reports it
        return []
