"""Requests that belong to no test, and that no stub answered or a contract does not allow."""

import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

from localenv import Environment
from localenv.console.findings import finding
from localenv.environment import stubbing
from localenv.pytest_plugin import reports
from localenv.stack import Role, Unmatched
from localenv.stack.workers import names_of_worker

_MOST = 10  # requests to show


def lines(found: Environment, recorded: Mapping[str, Any], known: Collection[str]) -> list[str]:
    """Each distinct request once, with a mapping to paste; without those in `known`, and those that are ignored.

    They came while no test ran, or were not caused by one, and fail none. `recorded` holds the start of the tests in
    seconds since the epoch, and the policies. Raises LocalenvError.
    """
    since = float(recorded["since"])
    every = chain(_shown(found, since, known, recorded["unmatched"]), _violating(found, since, known, recorded))
    shown = list(dict.fromkeys(every))
    if not shown:
        return []
    more = [f"and {len(shown) - _MOST} more"] if len(shown) > _MOST else []
    return ["warning: requests that belong to no test:", *shown[:_MOST], *more]


def _shown(found: Environment, since: float, known: Collection[str], unmatched: str) -> Iterator[str]:
    described = _described(found)
    for server in found.stack.of(Role.STUBS):
        with stubbing.admin(found.deployment, server.name) as admin:
            fresh: dict[str, list[Mapping[str, Any]]] = {}
            for upstream, event in admin.lost(since):
                if event["id"] not in known and found.stack.unmatched(upstream, unmatched) is not Unmatched.IGNORE:
                    fresh.setdefault(upstream, []).append(event["request"])
            for upstream, requests in fresh.items():
                for one in admin.explained(upstream, requests):
                    alike = replace(one, upstream=described.get(upstream, upstream), times=1)
                    yield finding(alike, found.stack, io.StringIO())


def _violating(found: Environment, since: float, known: Collection[str], recorded: Mapping[str, Any]) -> Iterator[str]:
    if recorded["contract"] == Unmatched.IGNORE:
        return
    described = _described(found)
    for one in found.violations():
        if one.call.time >= since and one.call.id not in known:
            own = described.get(one.upstream, one.upstream)
            yield reports.violation(replace(one, upstream=own))


def _described(found: Environment) -> dict[str, str]:
    """The description's names of workers' copies."""
    workers = range(found.prepared.request.workers)
    return {own: name for worker in workers for name, own in names_of_worker(found.stack, worker).items()}
