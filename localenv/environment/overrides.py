"""Overrides: stubs added to a running environment on top of the description's, with owner and time.

They exist only in the stub server, which ends with the environment; those of tests do not outlive its restart.
Reloading saved stubs does not remove them.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from localenv import paths
from localenv.engines import Deployment
from localenv.environment import stubbing
from localenv.host import files
from localenv.stack import Upstream
from localenv.stubs import layers
from localenv.stubs.answers import limited as limited  # stubs that answer a limited number of requests
from localenv.stubs.calls import name_of

if TYPE_CHECKING:
    from localenv.stubs.admin import Admin

TEST, COMMAND, PROGRAM = "test", "command", "program"
_KEY = "localenvOverride"  # our key in the metadata of a stub


@dataclass(frozen=True, kw_only=True)
class OverrideOwner:
    """The creator of an override: a test of a pytest-xdist worker, a command, or a program that uses the Python API."""

    kind: str
    name: str = ""  # of a test
    worker: int = 0


@dataclass(frozen=True, kw_only=True)
class Override:
    """The stubs of one call on an upstream; `time` in seconds since the epoch."""

    id: str
    upstream: str
    owner: OverrideOwner
    time: float
    stubs: tuple[Mapping[str, Any], ...]  # as returned by the server

    @property
    def title(self) -> str:
        """The name of the first stub, or its method, URL and response."""
        response = self.stubs[0].get("response", {})
        return f"{name_of(self.stubs[0])} → {response.get('fault') or response.get('status', 200)}"

    @property
    def times(self) -> int | None:
        """The number of requests that it answers; None: unlimited."""
        return len(self.stubs) if "scenarioName" in self.stubs[0] and len(self.stubs) > 1 else None

    def document(self) -> dict[str, Any]:
        """As `stub --json` prints it."""
        return {
            "id": self.id, "upstream": self.upstream, "title": self.title, "time": self.time,
            "owner": {"kind": self.owner.kind, "name": self.owner.name or None},
            "stubs": [_without_ours(stub) for stub in self.stubs],
        }  # fmt: skip


def lay(admin: "Admin", upstream: Upstream, stubs: Sequence[Any], owner: OverrideOwner) -> Override:
    """Add stubs on top of an upstream's own: WireMock mappings, or `Mapping` objects of its package.

    Among equal priorities (1 to 9) the latest stub comes first. Raises DescriptionError if the server refuses one.
    """
    laid = Override(id=token_hex(3), upstream=upstream.name, owner=owner, time=time.time(), stubs=())
    about = {"id": laid.id, "time": laid.time, **asdict(owner)}
    written = [layers.as_mapping(stub) for stub in stubs]
    marked = [{**one, "metadata": {**one.get("metadata", {}), _KEY: about}} for one in written]
    is_kept = owner.kind != TEST  # a file on the server's disk for each one
    ids = admin.overlay(upstream.name, marked, is_templated=upstream.is_templated, is_kept=is_kept)
    return replace(laid, stubs=tuple({**one, "id": own} for one, own in zip(marked, ids, strict=True)))


def laid(admin: "Admin", *upstreams: str) -> list[Override]:
    """The overrides of some upstreams, the oldest first."""
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
            found += laid(opened, *(one.name for one in upstreams if one.server == server))
    return sorted(found, key=lambda one: one.time)


def remove(admin: "Admin", overrides: Iterable[Override]) -> None:
    """Remove overrides; one that no longer exists is not an error."""
    admin.remove(stub["id"] for one in overrides for stub in one.stubs)


def keep(deployment: Deployment, server: str) -> None:
    """Save the overrides of a stub server before it is stopped, with the states of their scenarios."""
    with stubbing.admin(deployment, server) as opened:
        stubs = opened.marked(_KEY)
        scenarios = {one["scenarioName"] for one in stubs if "scenarioName" in one}
        states = {name: state for name, state in opened.states().items() if name in scenarios}
    files.write(paths.kept_overrides(deployment.identity, server), json.dumps({"stubs": stubs, "states": states}))


def restore(deployment: Deployment, server: str) -> None:
    """Lay the overrides again that a stub server had when it was stopped, after its stubs were loaded."""
    file = paths.kept_overrides(deployment.identity, server)
    if kept := files.read_json(file):
        with stubbing.admin(deployment, server) as opened:
            opened.put(kept["stubs"], kept["states"])
    file.unlink(missing_ok=True)


def _override(stubs: list[dict[str, Any]]) -> Override:
    about = stubs[0]["metadata"][_KEY]
    return Override(
        id=about["id"],
        upstream=stubs[0]["metadata"]["localenv"]["upstream"],
        owner=OverrideOwner(kind=about["kind"], name=about["name"], worker=about["worker"]),
        time=about["time"],
        stubs=tuple(stubs),
    )


def _without_ours(stub: Mapping[str, Any]) -> dict[str, Any]:
    about = {key: value for key, value in stub.get("metadata", {}).items() if key not in (_KEY, "localenv")}
    shown = {key: value for key, value in stub.items() if key not in ("uuid", "persistent", "metadata")}
    return shown | ({"metadata": about} if about else {})
