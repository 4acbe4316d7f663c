"""The ports of a service: those it publishes or exposes, which one is its main one, names for the others."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localenv.importing.compose.files import Project
from localenv.importing.compose.texts import text
from localenv.importing.images import KnownServer, speaks_http

_SHORT = re.compile(
    r"(?:(?P<ip>\d+\.[\d.]+|\[[0-9a-fA-F:]+\]|localhost):)?(?:(?P<published>\d*(?:-\d+)?):)?"
    r"(?P<target>\d+(?:-\d+)?)(?:/(?P<protocol>tcp|udp))?"
)
_NAMES = {
    9229: "inspect", 5678: "debug", 5005: "debug", 5858: "debug", 2345: "debug", 40000: "debug", 4000: "debug",
    15672: "management", 9090: "metrics", 1025: "smtp", 25: "smtp", 443: "https", 8443: "https", 50051: "grpc",
    7687: "bolt", 9001: "console", 6006: "storybook", 35729: "livereload", 24678: "hmr",
}  # fmt: skip
_DEBUGGERS = frozenset({9229, 5678, 5005, 5858, 2345, 40000, 35729, 24678})
_MOST = 20  # ports of a range


@dataclass(frozen=True, kw_only=True)
class PortSource:
    """A port of a service: on this machine, if it is published at a fixed one."""

    target: int
    published: int | None = None


def of(service: Mapping[str, Any], project: Project) -> tuple[list[PortSource], dict[str, str]]:
    """The TCP ports that a service publishes or exposes; those that have no counterpart, with the reason."""
    found: list[PortSource] = []
    left: dict[str, str] = {}
    for written in service.get("ports") or ():
        if isinstance(written, Mapping):
            shown = {key: project.plain(value) for key, value in written.items()}
            protocol, target, published = (shown.get(key, "") for key in ("protocol", "target", "published"))
            line = f"{published + ':' if published else ''}{target}/{protocol or 'tcp'}"
        else:
            line = project.plain(written)
        match = _SHORT.fullmatch(line.strip())
        if match is None or match["protocol"] == "udp":
            left |= _refused(text(written), line, project)
            continue
        found += _range(match["target"], match["published"] or "")
    for written in service.get("expose") or ():
        match = _SHORT.fullmatch(project.plain(written))
        if match and match["protocol"] != "udp":
            found += (one for one in _range(match["target"], "") if one.target not in {known.target for known in found})
    return [one for one in _unique(found) if 0 < one.target < 1 << 16], left


def _refused(written: str, line: str, project: Project) -> dict[str, str]:
    """A port that is not published, and why."""
    atoms = project.atoms
    missing = [name for name, atom in atoms.variables.items() if atom in atoms.read(written) and not atoms.plain(atom)]
    if missing:
        return {written: f"{missing[0]} has no value: set it in .env, then localenv init --force"}
    return {line: "only ports of TCP are published"}


def main(found: list[PortSource], server: KnownServer | None) -> PortSource | None:
    """The port of the program itself: of a known image its own, else the first that is not a debugger's."""
    if server:
        known = next((one for one in found if one.target == server.port), None)
        if known or not found:
            return known or PortSource(target=server.port)
    usual = [one for one in found if one.target not in _DEBUGGERS]
    plain = [one for one in usual if speaks_http(one.target) and one.target not in (443, 8443)]
    return next(iter(plain or usual), None)


def names(others: Iterable[PortSource], taken: Iterable[str] = ()) -> dict[int, str]:
    """A name for each further port."""
    known = set(taken)
    found: dict[int, str] = {}
    for one in others:
        name = _NAMES.get(one.target, f"port_{one.target}")
        found[one.target] = name if name not in known else f"port_{one.target}"
        known.add(found[one.target])
    return found


def _range(target: str, published: str) -> Iterator[PortSource]:
    first, _, last = target.partition("-")
    low, _, high = published.partition("-")
    count = min(int(last or first) - int(first) + 1, _MOST)
    for number in range(max(count, 1)):
        is_fixed = low.isdigit() and (not high or bool(last))
        yield PortSource(target=int(first) + number, published=int(low) + number if is_fixed else None)


def _unique(found: Iterable[PortSource]) -> Iterator[PortSource]:
    seen: set[int] = set()
    for one in found:
        if one.target not in seen:
            seen.add(one.target)
            yield one
