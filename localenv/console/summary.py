"""The summary of a ready environment: every URL, what is real, what is a stub and where its stubs are."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TextIO

from localenv.console import overrides
from localenv.console.columns import Style, columns, width
from localenv.console.failures import warning
from localenv.console.ink import Ink
from localenv.console.words import seconds
from localenv.environment.status import Line, Status
from localenv.stack import Role, Stack
from localenv.stack.states import EnvironmentState
from localenv.stubs import sources

_HEADINGS = ("NAME", "ROLE", "STATE", "URL", "ANSWERED BY", "VERSION", "REQUESTS", "UNMATCHED", "VIOLATING", "DETAIL")
_STEP = " → "
_NUMBERS = re.compile(r"\d+(?:\.\d+)*")
_STATES = {
    EnvironmentState.READY: "green",
    EnvironmentState.STARTING: "yellow",
    EnvironmentState.STOPPING: "yellow",
    EnvironmentState.FAILED: "red",
}


def summary(status: Status, stack: Stack, stream: TextIO, *, took: float, critical_path: str = "") -> str:
    """The summary that `up` prints when the environment is ready; `took` in seconds."""
    ink = Ink(stream)
    head = (
        f"{ink(status.environment, 'bold')} is {ink('ready', 'green')} after {seconds(took)} (engine: {status.engine})"
    )
    rows = [row for one in _ordered(status) for row in _summed_up(one, stack)]
    origin = _marking(status, lambda line: _origin(line, stack), ink)
    styles = (None, lambda text: ink(text, "bold"), lambda text: ink(text, "cyan"), None, None, origin)
    table = columns(rows, styles, within=width(stream) - 2)
    path = (
        ["", *(ink(line, "dim") for line in wrapped(f"slowest path: {critical_path}", width(stream)))]
        if critical_path
        else []
    )
    return "\n".join([head, "", *(f"  {row}" for row in table), *_warned(status, stream), *path])


def _summed_up(line: Line, stack: Stack) -> Iterator[tuple[str, ...]]:
    """One row, and one for each further port."""
    yield "", line.name, line.url or line.state, line.role, _answered(line), _origin(line, stack), line.detail
    yield from (("", f"{line.name}.{port}", url, "", "", "", "") for port, url in line.ports.items())


def wrapped(path: str, width: int) -> list[str]:
    """The critical path in lines no wider than a terminal, without breaking a step."""
    first, *more = path.split(_STEP)
    lines = [first]
    for step in more:
        if len(lines[-1]) + len(_STEP) + len(step) <= width:
            lines[-1] += _STEP + step
        else:
            lines.append(f" {_STEP}{step}")
    return lines


def overview(status: Status, stream: TextIO) -> str:
    """The table that `status` prints, with the values of its JSON document."""
    ink = Ink(stream)
    head = f"{ink(status.environment, 'bold')} is {_state(status.state, ink)} (engine: {status.engine})"
    detail = [ink.safe(status.detail)] if status.detail else []
    if not status.services:
        return "\n".join([head, *detail])
    styles = [_marking(status, _version, ink) if title == "VERSION" else None for title in _HEADINGS]
    rows = [row for one in _ordered(status) for row in _rows(one)]
    heading, *table = columns(rows, styles, headings=_HEADINGS, within=width(stream))
    below = [*_changed(status, ink, stream), *_warned(status, stream)]
    return "\n".join([head, *detail, "", ink(heading, "dim"), *table, *below])


def _changed(status: Status, ink: Ink, stream: TextIO) -> list[str]:
    """Each override: what, whose, until when."""
    lines = [ink.safe(overrides.shown(one, stream, indent=2)) for one in status.overrides]
    return ["", "overrides (localenv clear removes them):", *lines] if lines else []


def _ordered(status: Status) -> Iterable[Line]:
    order = (Role.SERVICE, Role.NEED, Role.UPSTREAM)
    return sorted(status.services, key=lambda line: order.index(line.role))


def _answered(line: Line) -> str:
    return "" if line.role == Role.NEED else line.answered_by


def _origin(line: Line, stack: Stack) -> str:
    if line.role == Role.UPSTREAM:
        upstream = stack.upstreams[line.name]
        given = "evaluates feature flags" if upstream.responder == "flags" else "no stubs"
        return ", ".join(map(sources.origin, upstream.sources)) or given
    need = stack.needs.get(line.name)
    return f"{need.kind} {_version(line)}".strip() if need else ""


def _version(line: Line) -> str:
    """`17`; `17 (running 18.4)` if another version runs."""
    asked, running = line.version or "", line.running_version or ""
    number = _NUMBERS.match(asked)
    if not running or (number and f"{running}.".startswith(f"{number[0]}.")):
        return asked
    return f"{asked} (running {running})".strip()


def _warned(status: Status, stream: TextIO) -> list[str]:
    """A warning for each need that runs in another version than requested, and for each exposed service."""
    ordered = list(_ordered(status))
    lines = [
        f"{one.name} runs {one.running_version}, not {one.version} as described"
        for one in ordered
        if one.version_differs
    ]
    lines += [
        f"{one.name} listens on every network interface, not on ${{bind}} alone: others reach port {one.port}"
        for one in ordered
        if one.exposed
    ]
    return ["", *(warning(line, stream) for line in lines)] if lines else []


def _marking(status: Status, shown: Callable[[Line], str], ink: Ink) -> Style:
    """A style that highlights the `shown` value of needs that run in another version than requested."""
    marked = {shown(line) for line in status.services if line.version_differs}
    return lambda text: ink(text, "yellow") if text in marked else text


def _rows(line: Line) -> Iterator[tuple[str, ...]]:
    yield _row(line)
    yield from ((f"{line.name}.{port}", "", "", url, *[""] * 6) for port, url in line.ports.items())


def _row(line: Line) -> tuple[str, ...]:
    counts = ("" if count is None else str(count) for count in (line.requests, line.unmatched, line.violating))
    return (
        line.name,
        line.role,
        line.state,
        line.url or "",
        f"{line.answered_by}: {', '.join(line.sources)}" if line.sources else line.answered_by,
        _version(line),
        *counts,
        line.detail,
    )


def _state(state: EnvironmentState, ink: Ink) -> str:
    return ink(state, *([_STATES[state]] if state in _STATES else []))
