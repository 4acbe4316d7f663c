"""`envs/contracts.lock`: the contracts as they were accepted, and what changed since."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from os.path import relpath
from pathlib import Path
from typing import Any

from localenv import paths
from localenv.errors.problems import Position, Problem
from localenv.host import contained, files
from localenv.stack import Stack, StubSource
from localenv.stubs import sources

_VERSION = 1
_MOST = 50  # changes to show of one contract
_HINT = "localenv check --update accepts it"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line of a contract that was removed, added or says something else."""

    what: str
    before: str | None
    now: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"added {self.what}" if self.now in _BARE else f"added {self.what}: {self.now}"
        if self.now is None:
            return f"removed {self.what}" if self.before in _BARE else f"removed {self.what}: {self.before}"
        return f"changed {self.what}: {self.before} → {self.now}"


_BARE = frozenset({"operation", "answer", "content"})


def problems(planned: Stack, envs: Path) -> Iterator[Problem]:
    """A problem for each contract that is not as it was accepted, with what changed; none without a lock."""
    locked = _locked(envs)
    if locked is None:
        return
    for name, source in _contracts(planned, envs).items():
        if name not in locked:
            yield Problem(f"is not in {paths.CONTRACT_LOCK}", Position(source.path), _HINT)
        elif locked[name].get("digest") != _digest(source):
            found = changes(locked[name].get("outline", ()), _outline(source))
            more = f"\n    … and {len(found) - _MOST} more" if len(found) > _MOST else ""
            text = "".join(f"\n    {one}" for one in found[:_MOST]) or " (only words or examples)"
            yield Problem(f"the contract changed since it was accepted:{text}{more}", Position(source.path), _HINT)


def accept(stacks: Iterable[Stack], envs: Path, *, is_all: bool) -> dict[Path, int]:
    """Write the lock for the contracts of these stacks; returns the number of changes of each that differs.

    `is_all`: these are all stacks of the folder, and a contract of none of them leaves the lock.
    """
    before = _locked(envs) or {}
    given = {name: source for planned in stacks for name, source in _contracts(planned, envs).items()}
    entries = {name: {"digest": _digest(one), "outline": [*_outline(one)]} for name, one in given.items()}
    kept = entries if is_all else {**before, **entries}
    if kept or before:
        document = {"version": _VERSION, "contracts": dict(sorted(kept.items()))}
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        files.save(paths.contract_lock(envs), text.encode(), within=envs)
    return {
        given[name].path: len(changes(before.get(name, {}).get("outline", ()), entry["outline"]))
        for name, entry in entries.items()
        if before.get(name, {}).get("digest") != entry["digest"]
    }


def changes(before: Iterable[str], now: Iterable[str]) -> list[Change]:
    """What differs between two outlines: removed first, then changed, then added."""
    old, new = _by_what(before), _by_what(now)
    removed = [Change(what=what, before=how, now=None) for what, how in old.items() if what not in new]
    changed = [Change(what=what, before=old[what], now=how) for what, how in new.items() if old.get(what, how) != how]
    added = [Change(what=what, before=None, now=how) for what, how in new.items() if what not in old]
    return [*_outermost(removed), *changed, *_outermost(added)]


def _outermost(found: list[Change]) -> Iterator[Change]:
    """Without the parts of an operation, answer or schema that is itself among them."""
    whole = {one.what for one in found}
    for one in found:
        words = one.what.split(" ")
        if not any(" ".join(words[:count]) in whole for count in range(2, len(words))):
            yield one


def _by_what(outline: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in outline:
        what, _, how = line.partition(": ")
        found[what] = f"{found[what]}, {how}" if what in found and found[what] not in _BARE else how
    return found


def _locked(envs: Path) -> Mapping[str, Any] | None:
    file = paths.contract_lock(envs)
    if not file.is_file() or not contained.is_within(file, [envs]):
        return None
    contracts = files.read_json(file).get("contracts")
    return contracts if isinstance(contracts, Mapping) else {}


def _contracts(planned: Stack, envs: Path) -> dict[str, StubSource]:
    every = (source for one in planned.upstreams.values() for source in one.sources if sources.is_contract(source))
    return {Path(relpath(one.path, envs)).as_posix(): one for one in every}


def _outline(source: StubSource) -> Sequence[str]:
    contract = sources.contract(source)
    return contract.outline(source) if contract else ()


def _digest(source: StubSource) -> str:
    total = sha256()
    for file in sources.watched(source):
        total.update(sha256(file.read_bytes()).digest())
    return f"sha256:{total.hexdigest()}"
