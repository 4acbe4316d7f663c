"""The last check of a start: services that were ready may have exited since."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from threading import Event as Flag

from localenv.engines import Deployment, Engine, Observed, Seen
from localenv.environment.up import awaited, probes, probing
from localenv.environment.up.clock import Clock
from localenv.host.background import side_by_side
from localenv.plan import finishing
from localenv.stack import ProbeKind, Role, Service
from localenv.stack.states import ServiceState

_SEEN = 1.0  # seconds after which an engine reports that a program has exited
_PAUSE = 0.05


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """Checks services that were ready, by name."""

    engine: Engine
    deployment: Deployment
    names: Collection[str]
    clock: Clock = field(default_factory=Clock)

    def settle(self, since: Mapping[str, float], seconds: float) -> None:
        """Wait until services that became ready at these times have run on for some seconds.

        A program may exit right after its first answer. Needs do not count, nor services whose probe is to stay up.
        """
        services = self.deployment.stack.services
        asked = [one for name in since.keys() & set(self.names) if (one := services[name]).role is Role.SERVICE]
        last = max((since[one.name] for one in asked if one.probe.kind is not ProbeKind.ALIVE), default=-inf)
        if (left := last + seconds - self.clock.now()) > 0:
            self.clock.pause(left, Flag())

    def confirm(self, recent: Collection[str], deadline: float) -> Observed:
        """Return the observation when everything runs; `deadline` in the clock's seconds.

        HTTP services in `recent` became ready only just now and are probed again, because an engine reports an exit
        with a delay. Raises NotReadyError for the first that has exited or no longer answers.
        """
        silent = self._silent(recent)
        observed = self._look()
        if silent:
            awaited.wait(self.engine, self.deployment, silent, deadline, clock=self.clock)
            observed = self._look()
        return observed

    def blame(self) -> None:
        """Raise NotReadyError for a service that has exited: it may be the cause of another failure."""
        deadline = self.clock.now() + (_SEEN if self._silent(self.names) else 0)
        self._look()
        while self.clock.now() < deadline:
            self.clock.pause(_PAUSE, Flag())
            self._look()

    def _silent(self, names: Iterable[str]) -> list[Service]:
        """HTTP services that do not answer now."""
        stack = self.deployment.stack
        services = [stack.services[name] for name in set(names) - finishing(stack)]
        asked = [one for one in services if one.probe.kind is ProbeKind.HTTP]
        answers = side_by_side(lambda one: probes.ask(self.engine, self.deployment, one), asked)
        return [one for one, answer in zip(asked, answers, strict=True) if answer is not None]

    def _look(self) -> Observed:
        observed, ends = self.engine.observe(self.deployment.identity, closely=True), finishing(self.deployment.stack)
        for name in self.names:
            if why := _failure(observed.services.get(name), ends=name in ends):
                service = self.deployment.stack.services[name]
                raise probing.not_ready(self.engine, self.deployment, service, why)
        return observed


def _failure(seen: Seen | None, *, ends: bool) -> str:
    """What is wrong with a service that was ready, as a predicate; empty if nothing is."""
    if seen and (seen.state is ServiceState.RUNNING or (ends and seen.exit_code == 0)):
        return ""
    return probing.failure(seen, was_there=True) or f"is {seen.state if seen else 'gone'}"
