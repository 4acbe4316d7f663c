"""`envs/contracts.lock`: the contracts as they were accepted, and what changed since."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from os.path import relpath
from pathlib import Path
from typing import Any, NamedTuple

from localenv import paths
from localenv.environment.contract_changes import changes
from localenv.errors.problems import Position, Problem
from localenv.host import contained, files
from localenv.stack import Stack, StubSource
from localenv.stubs import sources
from localenv.stubs.sources.kind import Digests

_VERSION = 1
_MOST = 50  # changes to show of one contract
_HINT = "localenv check --update accepts it"


class InvalidLockError(Exception):
    """A lock that cannot be read; its text is the reason."""


class Difference(NamedTuple):
    """A contract that is not as it was accepted; a mistake, unless only its words or examples differ."""

    problem: Problem
    is_mistake: bool = True


def differences(planned: Stack, envs: Path) -> Iterator[Difference]:
    """Each contract that is not as it was accepted, with what changed; none without a lock."""
    try:
        locked = _locked(envs)
    except InvalidLockError as error:
        hint = "localenv check --update writes it anew"
        yield Difference(Problem(f"is not valid: {error}", Position(paths.contract_lock(envs)), hint))
        return
    for name, source in _contracts(planned, envs).items() if locked is not None else ():
        entry = _entry(locked or {}, name, source, envs)
        if not entry:
            yield Difference(Problem(f"is not in {paths.CONTRACT_LOCK}", Position(source.path), _HINT))
        elif entry.get("digest") != _digest(source):
            yield from _differences(entry, source)


def _differences(entry: Mapping[str, Any], source: StubSource) -> Iterator[Difference]:
    meaning, words = _digests(source)
    if entry.get("meaning") != meaning:
        found = changes(entry.get("outline", ()), _outline(source))
        more = f"\n    … and {len(found) - _MOST} more" if len(found) > _MOST else ""
        text = "".join(f"\n    {one}" for one in found[:_MOST]) or " (in parts that are not listed one by one)"
        yield Difference(
            Problem(f"the contract changed since it was accepted:{text}{more}", Position(source.path), _HINT)
        )
    elif entry.get("words") != words:
        text = "the contract changed since it was accepted (only words or examples)"
        yield Difference(Problem(text, Position(source.path), _HINT), is_mistake=False)


def accept(stacks: Iterable[Stack], envs: Path, *, is_all: bool) -> dict[Path, int | None]:
    """Write the lock for the contracts of these stacks; returns the changes of each that differs, None for a new one.

    `is_all`: these are all stacks of the folder, and a contract of none of them leaves the lock.
    """
    before: Mapping[str, Any] = {}
    with suppress(InvalidLockError):
        before = _locked(envs) or {}
    given = {name: source for planned in stacks for name, source in _contracts(planned, envs).items()}
    entries = {name: _accepted(one) for name, one in given.items()}
    kept = entries if is_all else {**before, **entries}
    if kept or before:
        document = {"version": _VERSION, "contracts": dict(sorted(kept.items()))}
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        files.save(paths.contract_lock(envs), text.encode(), within=envs)
    return {
        given[name].path: len(changes(before[name].get("outline", ()), entry["outline"])) if name in before else None
        for name, entry in entries.items()
        if before.get(name, {}).get("digest") != entry["digest"]
    }


def _locked(envs: Path) -> Mapping[str, Any] | None:
    file = paths.contract_lock(envs)
    if not file.is_file() or not contained.is_within(file, [envs]):
        return None
    contracts = _document(file).get("contracts")
    entries = contracts if isinstance(contracts, Mapping) else {}
    return {name: entry for name, entry in entries.items() if isinstance(entry, Mapping)}


def _document(file: Path) -> Mapping[str, Any]:
    """The content of a lock; raises InvalidLockError."""
    try:
        text = file.read_text()
        found = json.loads(text)
    except OSError as error:
        raise InvalidLockError(error.strerror) from error
    except UnicodeDecodeError as error:
        raise InvalidLockError("it is not text in UTF-8") from error
    except ValueError as error:
        is_merged = any(line.startswith("<<<<<<<") for line in text.splitlines())
        raise InvalidLockError("it has a merge conflict" if is_merged else f"it is not JSON ({error})") from error
    if not isinstance(found, Mapping):
        raise InvalidLockError("it is not an object")
    return found


def _contracts(planned: Stack, envs: Path) -> dict[str, StubSource]:
    every = (source for one in planned.upstreams.values() for source in one.sources if sources.is_contract(source))
    return {Path(relpath(one.path, envs)).as_posix(): one for one in every}


def _outline(source: StubSource) -> Sequence[str]:
    contract = sources.contract(source)
    return contract.outline(source) if contract else ()


def _entry(locked: Mapping[str, Any], name: str, source: StubSource, envs: Path) -> Mapping[str, Any] | None:
    """What was accepted of a contract, also under the name that its file had before."""
    if name in locked:
        found: Mapping[str, Any] = locked[name]
        return found
    gone = [one for other, one in locked.items() if not (envs / other).exists()]
    lines = set(_outline(source)) if gone else set()
    near = max(gone, key=lambda one: len(lines.intersection(one.get("outline", ()))), default=None)
    is_same = near is not None and 2 * len(lines.intersection(near.get("outline", ()))) > len(lines)
    return near if is_same else None


def _accepted(source: StubSource) -> dict[str, Any]:
    digests = _digests(source)
    found = {"digest": _digest(source), "meaning": digests.meaning, "words": digests.words}
    return {**found, "outline": [*_outline(source)]}


def _digests(source: StubSource) -> Digests:
    contract = sources.contract(source)
    return contract.digests(source) if contract else Digests("", "")


def _digest(source: StubSource) -> str:
    total = sha256()
    for file in sources.watched(source):
        total.update(sha256(file.read_bytes()).digest())
    return f"sha256:{total.hexdigest()}"
