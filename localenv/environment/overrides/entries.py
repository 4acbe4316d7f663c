"""Overrides: what differs from the description in a running environment, with owner and time.

A stub on top of an upstream's own, a failure, a flag, a real server in the place of stubs: each has a kind and a
subject, and all are added, listed and removed here. Stubs are on the stub server; `keeping` records all of them.
"""

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from localenv import paths, redaction
from localenv.engines import Deployment
from localenv.environment import stubbing
from localenv.environment.overrides import keeping
from localenv.host import deadlines, files, kernel
from localenv.host.deadlines import Deadline
from localenv.stack import Upstream
from localenv.stubs import layers
from localenv.stubs.answers import limited as limited  # stubs that answer a limited number of requests
from localenv.stubs.calls import name_of
from localenv.stubs.recognition import without_mark

if TYPE_CHECKING:
    from localenv.stubs.admin import Admin

TEST, COMMAND, PROGRAM, SETTINGS = "test", "command", "program", "settings"
_KEY = "localenvOverride"  # our key in the metadata of a stub
_STARTING = "starting"  # key of an override's values: what it needs is being started


class OverrideKind(StrEnum):
    """What an override is."""

    STUB = "stub"
    FAULT = "fault"
    FLAG = "flag"
    REAL = "real"


@dataclass(frozen=True, kw_only=True)
class OverrideOwner:
    """The creator of an override: a test of a pytest-xdist worker, a command, the user's settings, or a program.

    With a `pid`, its overrides are removed when that process exits.
    """

    kind: str
    name: str = ""  # of a test
    worker: int = 0
    pid: int = 0
    start: int = 0  # of the process, see `kernel.started`

    @classmethod
    def here(cls, kind: str, *, name: str = "", worker: int = 0) -> "OverrideOwner":
        """An owner that exits with this process."""
        return cls(kind=kind, name=name, worker=worker, pid=os.getpid(), start=kernel.started(os.getpid()))

    @property
    def is_gone(self) -> bool:
        """Whether its process has exited."""
        return self.pid > 0 and kernel.started(self.pid) != self.start

    def __str__(self) -> str:
        return " ".join(filter(None, (self.kind, self.name or (f"(pid {self.pid})" if self.pid else ""))))


@dataclass(frozen=True, kw_only=True)
class Override:
    """One override; `time` in seconds since the epoch, `stubs` as the server has them."""

    id: str
    kind: OverrideKind = OverrideKind.STUB
    subject: str  # an upstream, or a need
    owner: OverrideOwner
    time: float
    deadline: Deadline | None = None  # None: until it is removed
    what: str = ""  # in the words of its command; empty: see `title`
    server: str = ""  # that has its stubs
    scenario: str = ""  # that it belongs to
    stubs: tuple[Mapping[str, Any], ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)  # of its kind

    @property
    def upstream(self) -> str:
        """The upstream it is on."""
        return self.subject

    @property
    def title(self) -> str:
        """What it does: in the words of its command, else the first stub's name, or method, URL and response."""
        if self.what or not self.stubs:
            return redaction.redacted_traffic(self.what)
        response = self.stubs[0].get("response", {})
        does = f"{name_of(self.stubs[0])} → {response.get('fault') or response.get('status', 200)}"
        return redaction.redacted_traffic(does)

    @property
    def times(self) -> int | None:
        """The number of requests that it answers; None: unlimited."""
        is_counted = self.kind is OverrideKind.STUB and self.stubs and "scenarioName" in self.stubs[0]
        return len(self.stubs) if is_counted and len(self.stubs) > 1 else None

    @property
    def is_done(self) -> bool:
        """Whether nothing of it lasts: the connections of a need were cut."""
        return self.kind is OverrideKind.FAULT and not self.server and not self.values

    @property
    def until(self) -> float | None:
        """When it ends, in seconds since the epoch as the clock was when it was added; None: until it is removed."""
        return self.deadline.until if self.deadline else None

    @property
    def is_over(self) -> bool:
        """Whether its time has ended, or the process of its owner has."""
        return (self.deadline is not None and self.deadline.left <= 0) or self.owner.is_gone

    @property
    def is_starting(self) -> bool:
        """Whether it does nothing yet: its owner is starting what it needs, which ends with that process."""
        return _STARTING in self.values

    @property
    def ending(self) -> str:
        """When and by whom it was added, and when it ends."""
        times = f", {self.times} times" if self.times else ""
        scenario = f" as scenario {self.scenario}" if self.scenario else ""
        return f"added at {_clock(self.time)} by {self.owner}{scenario}{times}{self.limit}"

    @property
    def limit(self) -> str:
        """When it ends, to follow other words; empty if it lasts."""
        return f", until {_clock(self.until)}" if self.until is not None else ""

    def document(self) -> dict[str, Any]:
        """As `stub --json` prints it, without secrets."""
        return self.summary() | {"stubs": [redaction.redacted_json(_without_marks(stub)) for stub in self.stubs]}

    def summary(self) -> dict[str, Any]:
        """As `status --json` prints it."""
        about = {"kind": self.owner.kind, "name": self.owner.name or None, "pid": self.owner.pid or None}
        return {
            "id": self.id, "kind": self.kind, "upstream": self.subject, "title": self.title, "time": self.time,
            "until": self.until, "owner": about, "scenario": self.scenario or None,
        }  # fmt: skip

    def record(self) -> dict[str, Any]:
        """All of it as JSON, see `of_record`."""
        return asdict(self) | {"until": self.until}


def of_record(document: Mapping[str, Any]) -> Override:
    """The override of a record; raises TypeError or LookupError for what is none."""
    about = {"kind": OverrideKind(document["kind"]), "owner": OverrideOwner(**document["owner"])}
    own = {key: value for key, value in document.items() if key != "until"}
    return Override(**{**own, **about, "deadline": deadlines.of_record(document), "stubs": tuple(document["stubs"])})


def new(
    kind: OverrideKind, subject: str, owner: OverrideOwner, *, seconds: float | None = None, **more: Any
) -> Override:
    """An override that begins now, and ends after `seconds`."""
    deadline = None if seconds is None else deadlines.after(seconds)
    return Override(
        id=token_hex(3), kind=kind, subject=subject, owner=owner, time=time.time(), deadline=deadline, **more
    )


def add(deployment: Deployment, admin: "Admin", upstream: Upstream, stubs: Sequence[Any], begun: Override) -> Override:
    """Add the stubs of an override on top of an upstream's own: WireMock mappings, or `Mapping` objects of its package.

    Among equal priorities (1 to 9) the latest stub comes first. Raises DescriptionError if the server refuses one.
    """
    about = {key: value for key, value in begun.record().items() if key != "stubs"} | {"server": upstream.server}
    ready = admin.prepared(upstream.name, _marked(stubs, about), is_templated=upstream.is_templated)
    override = replace(begun, server=upstream.server, stubs=tuple(ready))
    keeping.add(deployment.identity, override.record())  # first, so that it ends even if this process is killed
    try:
        admin.put(ready)
    except BaseException:
        keeping.remove(deployment.identity, [override.id])
        raise
    return override


def change(deployment: Deployment, admin: "Admin", upstream: Upstream, stubs: Sequence[Any], old: Override) -> None:
    """Replace the stubs of an override; a request gets the answer of the old or the new ones."""
    about = {key: value for key, value in old.record().items() if key != "stubs"}
    ready = admin.prepared(upstream.name, _marked(stubs, about), is_templated=upstream.is_templated)
    keeping.replace(deployment.identity, replace(old, stubs=tuple(ready)).record())
    admin.put(ready)
    admin.remove(stub["id"] for stub in old.stubs)


def _marked(stubs: Sequence[Any], about: Mapping[str, Any]) -> list[dict[str, Any]]:
    written = [layers.as_mapping(stub) for stub in stubs]
    return [{**one, "metadata": {**one.get("metadata", {}), _KEY: about}} for one in written]


def recorded(identity: str) -> list[Override]:
    """The recorded overrides of an environment, the oldest first, without those that are starting."""
    return [one for one in _recorded(identity) if not one.is_starting]


def starting(identity: str) -> list[Override]:
    """The overrides for which a process starts, or has started, what they need."""
    return [one for one in _recorded(identity) if one.is_starting]


def record_start(begun: Override, identity: str, values: Mapping[str, Any]) -> None:
    """Record what is being started for an override, so that it ends if this process is killed."""
    owner = OverrideOwner.here(COMMAND)
    one = replace(begun, owner=owner, deadline=None, values={**values, _STARTING: True})
    keeping.add(identity, one.record())


def _recorded(identity: str) -> list[Override]:
    return sorted(map(of_record, keeping.read(identity)), key=lambda one: one.time)


def active(admin: "Admin", *upstreams: str) -> list[Override]:
    """The overrides of some upstreams on their server, the oldest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for stub in admin.marked(_KEY):
        if stub["metadata"]["localenv"]["upstream"] in upstreams:
            found.setdefault(stub["metadata"][_KEY]["id"], []).append(stub)
    return sorted(map(_override, found.values()), key=lambda one: one.time)


def of(deployment: Deployment, upstreams: Sequence[Upstream]) -> list[Override]:
    """The overrides of upstreams of any servers."""
    found: list[Override] = []
    for server in dict.fromkeys(one.server for one in upstreams):
        with stubbing.admin(deployment, server) as opened:
            found += active(opened, *(one.name for one in upstreams if one.server == server))
    return sorted(found, key=lambda one: one.time)


def remove(identity: str, admin: "Admin", overrides: Iterable[Override]) -> None:
    """Remove overrides of one server; one that no longer exists is not an error."""
    overrides = list(overrides)
    ids = {one.id for one in overrides}
    as_now = [one for one in recorded(identity) if one.id in ids]  # the stubs of a failure may be others meanwhile
    admin.remove({stub["id"] for one in (*overrides, *as_now) for stub in one.stubs})
    keeping.remove(identity, ids)


def kind_of(stub: Mapping[str, Any]) -> OverrideKind | None:
    """The kind of the override that a stub of the server belongs to; None for one of the description."""
    about = stub.get("metadata", {}).get(_KEY)
    return OverrideKind(about["kind"]) if about else None


def keep(deployment: Deployment, server: str) -> None:
    """Save how far the scenarios of overrides are, before their stub server is stopped."""
    with stubbing.admin(deployment, server) as opened:
        scenarios = {one["scenarioName"] for one in opened.marked(_KEY) if "scenarioName" in one}
        states = {name: state for name, state in opened.states().items() if name in scenarios}
    files.write(paths.scenario_states(deployment.identity, server), json.dumps(states))


def restore(deployment: Deployment, server: str) -> None:
    """Add all overrides again to a stub server that was restarted, after its stubs were loaded."""
    file = paths.scenario_states(deployment.identity, server)
    kept = [one for one in recorded(deployment.identity) if one.server == server]
    known = [one for one in kept if not one.is_over and one.subject in deployment.stack.upstreams]
    if known:
        with stubbing.admin(deployment, server) as opened:
            newest_first = [stub for one in reversed(known) for stub in one.stubs]  # the first is on top
            opened.put_again(newest_first, files.read_json(file))
    file.unlink(missing_ok=True)


def _override(stubs: list[dict[str, Any]]) -> Override:
    return of_record({**stubs[0]["metadata"][_KEY], "stubs": stubs})


def _clock(moment: float) -> str:
    return datetime.fromtimestamp(moment).strftime("%H:%M:%S")


def _without_marks(stub: Mapping[str, Any]) -> dict[str, Any]:
    about = {key: value for key, value in stub.get("metadata", {}).items() if key not in (_KEY, "localenv")}
    shown = {key: value for key, value in stub.items() if key not in ("uuid", "metadata")}
    request = dict(shown.get("request", {}))
    headers = without_mark(request.pop("headers", {}))
    shown["request"] = request | ({"headers": headers} if headers else {})
    return shown | ({"metadata": about} if about else {})
