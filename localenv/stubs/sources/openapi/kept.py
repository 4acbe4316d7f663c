"""What is made of a contract, kept in localenv's cache by the content of its files."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from localenv.errors import DescriptionError
from localenv.errors.problems import Position, Problem, bounded
from localenv.host import collection, files
from localenv.paths import caches
from localenv.stack import StubSource
from localenv.stubs.sources import ahead
from localenv.stubs.sources.ahead import Going, Later

if TYPE_CHECKING:
    from localenv.stubs.sources.openapi.reading import Contract

MANY = 100  # operations of a large contract: its mappings take longer than the plan of an environment
_MOST_KEPT = 30  # contracts in the cache
_ABOUT, _MAPPINGS, _ANSWERS, _RESOURCES = "about.json", "mappings.json", "answers.json", "resources.json"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A contract that can be served."""

    folder: Path  # in the cache
    files: tuple[Path, ...]  # the contract, and what it refers to
    digest: str  # of all of these, and of the options
    warnings: tuple[Problem, ...]
    source: StubSource = field(repr=False)
    made: Mapping[str, Any] | None = field(default=None, repr=False)  # what the folder holds, if it was made just now

    def mappings(self) -> list[dict[str, Any]]:
        """Its mappings with their names, and their documentation."""
        return self._read(_MAPPINGS)

    def answers(self) -> list[dict[str, Any]]:
        """Its documented failures: code, request pattern, response."""
        return self._read(_ANSWERS)

    def resources(self) -> list[dict[str, Any]]:
        """What the responder keeps for it."""
        return self._read(_RESOURCES)

    def _read(self, name: str) -> list[dict[str, Any]]:
        try:
            read = self.made[name] if self.made is not None else json.loads((self.folder / name).read_bytes())
        except (OSError, ValueError):  # the cache was pruned meanwhile
            read = (_made_again(self.source).made or {})[name]
        found: list[dict[str, Any]] = read
        return found


def kept(source: StubSource) -> Kept:
    """What is made of a contract, made now if it is new; raises DescriptionError with every mistake."""
    key = _key(source)
    if left := _left(key):
        return left.kept.result()
    return _cached(source, key) or _made_again(source)


def begin(source: StubSource) -> None:
    """Make what is kept of a contract; in a block of `ahead`, that of a large one is left for later.

    Raises DescriptionError with every mistake, except that `kept` finds out whether any operation of a large one works.
    """
    key, going = _key(source), ahead.current()
    if _left(key) or _cached(source, key):
        return
    read = _read_contract(source)
    if going is None or read.operations < MANY:
        _save(_made(source, key, read))
    else:
        early = _kept(source, key, {"files": read.files, "warnings": []})
        going.known[key] = _Left(early, going.leave(lambda one: _made(source, key, read, one), _save))


def parts(source: StubSource) -> Iterator[list[dict[str, Any]]]:
    """The mappings of a contract that was left for later, in parts as they are made: one goes before those told."""
    if left := _left(_key(source)):
        for told in left.kept.parts():
            yield [one for part in reversed(told) for one in part]


def files_of(source: StubSource) -> tuple[Path, ...]:
    """The contract, and what it refers to; a contract that cannot be served is alone."""
    try:
        return _early(source).files
    except DescriptionError:
        return (source.path,)


def digest(source: StubSource) -> str:
    """A hash over everything that its mappings depend on; a contract that cannot be served counts by its file."""
    try:
        return _early(source).digest
    except DescriptionError:
        return _key(source)


def base_path(source: StubSource) -> str | None:
    """The path before those of the contract; None for that of its server."""
    given = source.options.get("base_path")
    return None if given is None else str(given)


def is_strict(source: StubSource) -> bool:
    """Whether the declared security is asked for."""
    return source.options.get("strict") is True


def is_stateful(source: StubSource) -> bool:
    """Whether what is created is kept."""
    return source.options.get("stateful") is True


class _Left(NamedTuple):
    early: Kept  # without its warnings
    kept: Later[Kept]


def _left(key: str) -> _Left | None:
    """What is left for later of a contract."""
    going = ahead.current()
    return going.known.get(key) if going else None


def _early(source: StubSource) -> Kept:
    """What is kept of a contract, perhaps without its warnings."""
    left = _left(_key(source))
    return left.early if left else kept(source)


def _cached(source: StubSource, key: str) -> Kept | None:
    folder = caches.contract(key[:32])
    with suppress(OSError, ValueError, KeyError):
        about = json.loads((folder / _ABOUT).read_bytes())
        if all(_of_file(Path(name)) == digest for name, digest in about["files"].items()):
            folder.touch()  # marks it as used
            return _kept(source, key, about)
    return None


class _ReadContract(NamedTuple):
    contract: "Contract"
    operations: int
    files: Mapping[str, str]  # what it refers to, with their digests


def _read_contract(source: StubSource) -> _ReadContract:
    """The contract; raises DescriptionError with every mistake that makes all of it unusable."""
    from localenv.stubs.sources.openapi import reading, served

    with collection.paused():
        contract = reading.read(source.path)
        every, _ = served.served(contract, base_path(source))
    return _ReadContract(contract, len(every), {str(one): _of_file(one) for one in contract.files[1:]})


def _made(source: StubSource, key: str, read: _ReadContract, going: Going | None = None) -> Kept:
    from localenv.stubs.sources.openapi import generated

    with collection.paused():
        found = generated.generated(
            read.contract,
            base=base_path(source),
            is_strict=is_strict(source),
            is_stateful=is_stateful(source),
            going=going,
        )
    if found.broken and not found.operations:
        raise DescriptionError(bounded(found.broken))
    about = {"files": read.files, "warnings": [_as_json(one) for one in (*found.broken, *found.warnings)]}
    made = {_ABOUT: about, _MAPPINGS: found.mappings, _ANSWERS: found.answers, _RESOURCES: found.resources}
    return replace(_kept(source, key, about), made=made)


def _made_again(source: StubSource) -> Kept:
    found = _made(source, _key(source), _read_contract(source))
    _save(found)
    return found


def _save(kept: Kept) -> None:
    """Keep what was made in the cache; `_ABOUT`, without which it counts as missing, is the last file."""
    made = dict(kept.made or {})
    about = made.pop(_ABOUT)
    with suppress(OSError):  # a full disk: made again the next time
        for name, content in (*made.items(), (_ABOUT, about)):
            files.write_bytes(kept.folder / name, json.dumps(content, ensure_ascii=False).encode())
        _remove_unused(kept.folder.parent)


def _remove_unused(kept: Path) -> None:
    """Remove the longest unused folders, beyond the last ones: each change of a contract has another."""
    for folder in sorted(kept.iterdir(), key=lambda one: one.stat().st_mtime, reverse=True)[_MOST_KEPT:]:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


def _kept(source: StubSource, key: str, about: Mapping[str, Any]) -> Kept:
    return Kept(
        folder=caches.contract(key[:32]),
        source=source,
        files=(source.path, *map(Path, about["files"])),
        digest=blake2b(repr((key, sorted(about["files"].items()))).encode(), digest_size=32).hexdigest(),
        warnings=tuple(map(_problem, about["warnings"])),
    )


def _key(source: StubSource) -> str:
    inputs = (_generation(), str(source.path), sorted(map(str, source.options.items())), _of_file(source.path))
    return blake2b(repr(inputs).encode(errors="surrogateescape"), digest_size=32).hexdigest()


@lru_cache
def _generation() -> str:
    """A value that changes with the code that makes mappings."""
    seen = [
        (one.name, one.stat().st_size, one.stat().st_mtime_ns) for one in sorted(Path(__file__).parent.glob("*.py"))
    ]
    return blake2b(repr(seen).encode(), digest_size=8).hexdigest()


def _of_file(file: Path) -> str:
    try:
        seen = file.stat()
        return _read(file, seen.st_mtime_ns, seen.st_size, seen.st_ino)
    except OSError:
        return ""


@lru_cache(maxsize=256)
def _read(file: Path, changed: int, size: int, inode: int) -> str:
    """The digest of a file that was saved at that time: it is asked for several times in a start."""
    with file.open("rb") as opened:
        total = blake2b(digest_size=32)
        while block := opened.read(1 << 20):
            total.update(block)
    return total.hexdigest()


def _as_json(one: Problem) -> Sequence[Any]:
    at = one.at
    return [one.message, one.hint, str(at.file) if at else "", at.line if at else 1, at.column if at else 1]


def _problem(one: Sequence[Any]) -> Problem:
    message, hint, file, line, column = one
    return Problem(message, Position(Path(file), line, column) if file else None, hint)
