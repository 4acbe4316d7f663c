"""Unmatched requests that belong to no test: received while none ran, or not caused by one."""

import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from localenv import Environment
from localenv.console.findings import finding
from localenv.environment import stubbing
from localenv.stack import Role, Unmatched
from localenv.stack.workers import names_of_worker

_MOST = 10  # requests to show


def lines(found: Environment, since: float, known: Collection[str], unmatched: str) -> list[str]:
    """Each distinct request once, with a mapping to paste; without those in `known`, and those that are ignored.

    They do not fail a test, because their cause is unknown. `since` in seconds since the epoch; raises LocalenvError.
    """
    shown = list(dict.fromkeys(_shown(found, since, known, unmatched)))
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


def _described(found: Environment) -> dict[str, str]:
    """The description's names of workers' copies."""
    workers = range(found.prepared.request.workers)
    return {own: name for worker in workers for name, own in names_of_worker(found.stack, worker).items()}
