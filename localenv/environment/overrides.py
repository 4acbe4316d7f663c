"""What differs from the description in a running environment: stubs on top, who laid them, and since when.

They are in the stub server alone, which ends with the environment; a stub that is saved meanwhile leaves them there.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from localenv.engines import Deployment
from localenv.environment import stubbing
from localenv.stack import Upstream
from localenv.stubs import layers
from localenv.stubs.answers import limited as limited  # stubs that answer some requests, and then no more
from localenv.stubs.calls import name_of

if TYPE_CHECKING:
    from localenv.stubs.admin import Admin

TEST, COMMAND, PROGRAM = "test", "command", "program"
_KEY = "localenvOverride"  # what a stub says of itself in its metadata


@dataclass(frozen=True, kw_only=True)
class OverrideOwner:
    """Who laid it: a test of a worker of pytest-xdist, a command, or a program through the Python API."""

    kind: str
    name: str = ""  # a test's
    worker: int = 0


@dataclass(frozen=True, kw_only=True)
class Override:
    """Stubs that one call has laid on an upstream; `time` in seconds since the epoch."""

    id: str
    upstream: str
    owner: OverrideOwner
    time: float
    stubs: tuple[Mapping[str, Any], ...]  # as the server has them

    @property
    def title(self) -> str:
        """The name of the first stub, or its method and URL, and what it answers."""
        response = self.stubs[0].get("response", {})
        return f"{name_of(self.stubs[0])} → {response.get('fault') or response.get('status', 200)}"

    @property
    def times(self) -> int | None:
        """How many requests it answers; None: all that there are."""
        return len(self.stubs) if "scenarioName" in self.stubs[0] and len(self.stubs) > 1 else None

    def document(self) -> dict[str, Any]:
        """As `stub --json` prints it."""
        return {
            "id": self.id, "upstream": self.upstream, "title": self.title, "time": self.time,
            "owner": {"kind": self.owner.kind, "name": self.owner.name or None},
            "stubs": [_without_ours(stub) for stub in self.stubs],
        }  # fmt: skip


def lay(admin: "Admin", upstream: Upstream, stubs: Sequence[Any], owner: OverrideOwner) -> Override:
    """Lay stubs on top of an upstream's own: mappings as WireMock writes them, or `Mapping` objects of its package.

    What is laid last goes first among equal priorities, 1 to 9. Raises DescriptionError for what the server refuses.
    """
    laid = Override(id=token_hex(3), upstream=upstream.name, owner=owner, time=time.time(), stubs=())
    about = {"id": laid.id, "time": laid.time, **asdict(owner)}
    written = [layers.as_mapping(stub) for stub in stubs]
    marked = [{**one, "metadata": {**one.get("metadata", {}), _KEY: about}} for one in written]
    ids = admin.overlay(upstream.name, marked, is_templated=upstream.is_templated)
    return replace(laid, stubs=tuple({**one, "id": own} for one, own in zip(marked, ids, strict=True)))


def laid(admin: "Admin", *upstreams: str) -> list[Override]:
    """What lies on some upstreams, the oldest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for stub in admin.marked(_KEY):
        if stub["metadata"]["localenv"]["upstream"] in upstreams:
            found.setdefault(stub["metadata"][_KEY]["id"], []).append(stub)
    return sorted(map(_override, found.values()), key=lambda one: one.time)


def of(deployment: Deployment, upstreams: Sequence[Upstream]) -> list[Override]:
    """The same of upstreams of any servers."""
    found: list[Override] = []
    for server in dict.fromkeys(one.server for one in upstreams):
        with stubbing.admin(deployment, server) as opened:
            found += laid(opened, *(one.name for one in upstreams if one.server == server))
    return sorted(found, key=lambda one: one.time)


def remove(admin: "Admin", overrides: Iterable[Override]) -> None:
    """Take them away; one that is gone already is no failure."""
    admin.remove(stub["id"] for one in overrides for stub in one.stubs)


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
    shown = {key: value for key, value in stub.items() if key not in ("uuid", "metadata")}
    return shown | ({"metadata": about} if about else {})
