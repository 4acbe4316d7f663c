"""Reset a stub server to its loaded stubs: remove requests, scenario states, overrides and changed settings."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from localenv.errors import DescriptionError
from localenv.errors.counting import counted
from localenv.stack import Upstream
from localenv.stubs import calls, layers, not_found
from localenv.stubs.asking import Asking
from localenv.stubs.vocabulary import FIRST_STATE

if TYPE_CHECKING:
    from localenv.stubs.admin import Admin

Stubs = Mapping[str, dict[str, Any]]

_MOST_NAMED = 5
_SETTINGS = {"proxyPassThrough": True}  # of a new server


def reset(
    admin: "Admin", asking: Asking, upstreams: Sequence[Upstream], *, whole: bool, as_loaded: bool
) -> dict[str, tuple[str, ...]]:
    """Reset the server to the stubs of upstreams; returns what had changed, by upstream.

    `whole`: these are all of its upstreams, and stubs of no upstream are removed too, reported under an empty name.
    `as_loaded`: the loaded stubs stay if their files cannot be read now. Raises DescriptionError, with nothing removed,
    for stubs that cannot be loaded.
    """
    names = [one.name for one in upstreams]
    changed: dict[str, list[str]] = {name: [] for name in ([*names, ""] if whole else names)}
    for owner, what in (
        *_stubs(admin, asking, upstreams, whole=whole, as_loaded=as_loaded),
        *_states(admin, names, whole=whole),
        *(_server(asking, names) if whole else ()),
        *_requests(admin, asking, names, whole=whole),
    ):
        changed[owner].append(what)
    return {owner: tuple(what) for owner, what in changed.items() if owner or what}


def _stubs(
    admin: "Admin", asking: Asking, upstreams: Sequence[Upstream], *, whole: bool, as_loaded: bool
) -> Iterable[tuple[str, str]]:
    before = _held(asking)
    names = {one.name for one in upstreams}
    with suppress(*([DescriptionError] if as_loaded else [])):
        admin.load(*upstreams)
    strange = {one for one, stub in before.items() if _is_added(stub) and (_owner(stub) in names or whole)}
    admin.remove(strange)
    after = _held(asking)
    differing = {**after, **before}  # report a stub as it was before the reset
    by_owner: dict[str, list[str]] = {}
    for one, stub in differing.items():
        if before.get(one) != after.get(one) and (_owner(stub) in names or whole):
            by_owner.setdefault(_owner(stub) if _owner(stub) in names else "", []).append(calls.name_of(stub))
    for owner, stubs in by_owner.items():
        named = [f"stub {name}" for name in stubs] if len(stubs) <= _MOST_NAMED else [f"{len(stubs)} stubs"]
        yield from ((owner, one) for one in named)


def _held(asking: Asking) -> Stubs:
    every = asking.ask("GET", "/mappings").json()["mappings"]
    return {stub["id"]: stub for stub in every if stub["id"] not in not_found.STUBS}


def _is_added(stub: Mapping[str, Any]) -> bool:
    """Whether a stub was added at run time: through the admin API, or as an override."""
    about = stub.get("metadata", {}).get("localenv", {})
    return "upstream" not in about or about.get("source") == layers.OVERLAY


def _owner(stub: Mapping[str, Any]) -> str:
    return str(stub.get("metadata", {}).get("localenv", {}).get("upstream", ""))


def _states(admin: "Admin", names: Sequence[str], *, whole: bool) -> Iterable[tuple[str, str]]:
    now = admin.states()
    moved = {one: layers.of_scenario(one, names) for one, state in now.items() if state != FIRST_STATE}
    due = {one: owner for one, owner in moved.items() if owner or whole}
    admin.set_states(dict.fromkeys(due, FIRST_STATE), now)
    return [(owner, f"scenario {layers.own_scenario(one, owner)}") for one, owner in due.items()]


def _server(asking: Asking, names: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Reset settings, such as a global delay, and remove body files that belong to no upstream."""
    answer = asking.send("GET", "/settings")  # WireMock 2 has no such endpoint
    settings = answer.json().get("settings", {}) if answer.status_code == HTTPStatus.OK else {}
    if settings and settings != _SETTINGS:
        asking.ask("POST", "/settings", json=_SETTINGS)
        yield "", "settings"
    for file in asking.ask("GET", "/files").json():
        if file.partition("/")[0] not in names:
            asking.ask("DELETE", f"/files/{file}", missing=True)
            yield "", f"body file {file}"


def _requests(admin: "Admin", asking: Asking, names: Sequence[str], *, whole: bool) -> Iterable[tuple[str, str]]:
    counts = {name: count for name, (count, _) in admin.counts().items() if count and (whole or name in names)}
    if whole and counts:
        asking.ask("DELETE", "/requests")
    for name in counts if not whole else ():
        asking.ask("POST", "/requests/remove", json=admin.pattern(name))
    return [(name, counted(count, "request")) for name, count in counts.items()]
