"""Verify contracts of Pact against a running environment: its stubs, or a service under work."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from localenv.environment import deaths, stubbing
from localenv.environment.up import jobs, seed_snapshots
from localenv.errors import DescriptionError, UsageError
from localenv.stack import Job, Role, Stack, StubSource, Upstream
from localenv.stubs import layers, sources, verification
from localenv.stubs.sources import pact
from localenv.stubs.sources.pact import interactions
from localenv.stubs.verification import Verified
from localenv.stubs.vocabulary import FIRST_STATE

if TYPE_CHECKING:
    from localenv.environment.handle import Environment
    from localenv.stubs.admin import Admin


def stubs(environment: "Environment") -> list[Verified]:
    """Verify the contracts of every upstream against its stubs, as they are in the running environment.

    Requests and states of scenarios are afterwards as they were. Raises UsageError without contracts or verifier.
    """
    verification.check_installed()
    bound = [one for one in environment.stack.upstreams.values() if any(map(pact.is_one, one.sources))]
    if not bound:
        raise UsageError("no upstream has contracts of Pact", hint="upstreams: {payments: {pact: ../pacts}}")
    return [each for one in bound for each in _verified(environment, one)]


def service(environment: "Environment", name: str, contracts: Sequence[Path]) -> list[Verified]:
    """Verify contracts against a service under work.

    Before each interaction the data is reset to the seeded one; then the seeds and jobs run that list a provider state,
    or the job that is named after it: `an-order-exists` for "An order exists". Raises UsageError, DescriptionError for
    a broken contract, and JobError.
    """
    verification.check_installed()
    if name not in environment.stack.services or environment.stack.services[name].role is not Role.SERVICE:
        known = ", ".join(one.name for one in environment.stack.of(Role.SERVICE)) or "none"
        raise UsageError(f"unknown service '{name}'", hint=f"available: {known}")
    found = [StubSource(kind=pact.KIND, value=path.resolve()) for path in contracts]
    if problems := [problem for one in found for problem in pact.check(one)]:
        raise DescriptionError(problems)
    files = [file for one in found for file in pact.contracts(one)]
    results = verification.verify(files, environment.url(name), partial(_set_up, environment))
    is_silent = any(verification.is_unanswered(one) for one in results)
    ended = deaths.deaths(environment.engine, environment.deployment).get(name, "") if is_silent else ""
    return [explained(environment.stack, one, f"{name} {ended}" if ended else "") for one in results]


def explained(stack: Stack, found: Verified, ended: str) -> Verified:
    """A failed result with its likely cause: the service has `ended`, or nothing ran for a provider state."""
    if not found.differences:
        return found
    if ended and verification.is_unanswered(found):
        return replace(found, differences=(ended, *found.differences))
    missing = [state for state in found.states if not any(_jobs(stack, state))]
    notes = (f"no seed or job lists the provider state '{state}' under states:" for state in missing)
    return replace(found, differences=(*found.differences, *notes))


def _set_up(environment: "Environment", states: tuple[str, ...]) -> None:
    """The seeded data, then the seeds and jobs of the latest state; without one, or without a state, only the data."""
    if len(states) == 1:
        done = seed_snapshots.reset(environment)
        if done.failed and done.failure:
            raise done.failure
    for job in _jobs(environment.stack, states[-1]) if states else ():
        jobs.run(environment.prepared, job, lambda line: None)


def _jobs(stack: Stack, state: str) -> Iterator[Job]:
    """What runs for a state, which may have parameters behind its name: what lists it, else the job named so."""
    listed = [
        job for job in stack.state_jobs if any(state == one or state.startswith(f"{one} (") for one in job.states)
    ]
    named = [job for job in stack.jobs if job.name == _name(state)]
    yield from listed or named


def _name(state: str) -> str:
    """The name of the job for a state."""
    return re.sub(r"[^a-z0-9]+", "-", state.lower()).strip("-")


def _verified(environment: "Environment", upstream: Upstream) -> list[Verified]:
    own = [one for one in upstream.sources if pact.is_one(one)]
    contracts = [file for source in own for file in pact.contracts(source)]
    known = {str(one.mapping.get("requiredScenarioState")) for source in own for one in sources.mappings(source)}
    with stubbing.admin(environment.deployment, upstream.server) as admin:
        before = admin.snapshot()
        try:
            url = environment.url(upstream.name)
            return verification.verify(contracts, url, partial(_set_state, admin, upstream.name, known))
        finally:
            admin.restore(before)


def _set_state(admin: "Admin", upstream: str, known: Collection[str], states: tuple[str, ...]) -> None:
    """Put the scenario of an upstream's provider into a state; into the first one before all of several are told."""
    scenario = layers.scenario(upstream, interactions.SCENARIO)
    now = admin.states()
    if scenario in now:
        wanted = ", ".join(states)
        admin.set_states({scenario: wanted if wanted in known else FIRST_STATE}, now)
