"""`localenv doctor`: what this machine can do, and what stands in the way of `up`."""

import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import wait
from dataclasses import dataclass
from functools import partial

from localenv import settings
from localenv.engines.choosing import AUTO, ENGINES, names
from localenv.engines.examining import Check, CheckResult, Health, Result
from localenv.environment.doctor import description, leftovers, machine, network
from localenv.environment.doctor.description import Described
from localenv.errors import LocalenvError, UsageError
from localenv.host.background import in_background

LIMIT = 6.0  # seconds for all checks, which run side by side

OF_MACHINE: Mapping[str, Check] = {**machine.CHECKS, **network.CHECKS, **leftovers.CHECKS}


@dataclass(frozen=True, kw_only=True)
class Examination:
    """The results in order; `engine` is the one that `up` would use, empty if none works."""

    results: tuple[CheckResult, ...]
    engine: str

    @property
    def problems(self) -> tuple[CheckResult, ...]:
        """What `up` would fail for."""
        return tuple(one for one in self.results if one.health is Health.PROBLEM)


def diagnose(env: str | None = None, engine: str | None = None, *, limit: float = LIMIT) -> Examination:
    """Examine this machine, for a description if there is one and for the engine that `up` would use.

    A check that has not ended after `limit` seconds is a warning. Raises UsageError for an unknown engine.
    """
    asked = engine or _preferred()
    if asked not in (AUTO, *ENGINES):
        raise UsageError(f"unknown engine '{asked}'", hint=f"available: {names()}")
    described = description.found(env)
    candidates = [*ENGINES] if asked == AUTO else [asked]
    checks = {**{("", title): check for title, check in OF_MACHINE.items()}, **_of(ENGINES)}
    found = [*description.results(described), *_ran(checks, described, limit)]
    failing = {name for name in ENGINES if _has_problem(found, name)}
    works = [name for name in candidates if name not in failing]
    chosen = works[0] if works else ""
    shown = (
        one if one.engine in ("", chosen) or (not chosen and one.engine in candidates) else _mild(one) for one in found
    )
    return Examination(results=tuple(shown), engine=chosen)


def _mild(one: CheckResult) -> CheckResult:
    """A problem of an engine that is not needed is a warning."""
    return one.but(Health.WARNING) if one.health is Health.PROBLEM else one


def _has_problem(found: Iterable[CheckResult], engine: str) -> bool:
    return any(one.engine == engine and one.health is Health.PROBLEM for one in found)


def of_engine(engine: str, *, limit: float = 3.0) -> Iterator[CheckResult]:
    """What stands in the way of one engine, or of each with `auto`; for a start that has failed."""
    checks = _of([engine] if engine in ENGINES else ENGINES)
    yield from (one for one in _ran(checks, Described(), limit) if one.health is Health.PROBLEM)


def _of(engines: Iterable[str]) -> dict[tuple[str, str], Check]:
    return {(name, title): check for name in engines for title, check in ENGINES[name].checks().items()}


def lines(message: str, engine: str) -> Iterator[str]:
    """The results that matter after a start has failed with this message, which are not repeated."""
    for one in of_engine(engine):
        if one.found not in message:
            yield f"doctor: {one.name}: {one.found}" + (f" → {one.hint}" if one.hint else "")


def _preferred() -> str:
    try:
        return settings.load().engine or AUTO
    except LocalenvError:
        return AUTO


def _ran(checks: Mapping[tuple[str, str], Check], described: Described, limit: float) -> list[CheckResult]:
    """The results of checks that run side by side."""
    done: dict[tuple[str, str], Result | None] = {}
    began = time.monotonic()
    running = [in_background(partial(_record, key, check, described, done)) for key, check in checks.items()]
    wait(running, timeout=max(limit - (time.monotonic() - began), 0.0))
    return list(_results(checks, dict(done)))


def _record(
    key: tuple[str, str], check: Check, described: Described, done: dict[tuple[str, str], Result | None]
) -> None:
    try:
        done[key] = check(described.stack)
    except (LocalenvError, OSError, ValueError, LookupError) as error:
        done[key] = Health.WARNING, f"the check failed: {error}", ""


def _results(
    checks: Mapping[tuple[str, str], Check], done: Mapping[tuple[str, str], Result | None]
) -> Iterator[CheckResult]:
    for engine, name in checks:
        if (engine, name) not in done:
            yield CheckResult(name=name, health=Health.WARNING, found="did not answer in time", engine=engine)
        elif result := done[engine, name]:
            health, text, hint = result
            yield CheckResult(name=name, health=health, found=text, hint=hint, engine=engine)
