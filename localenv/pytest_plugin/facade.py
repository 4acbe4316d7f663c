"""The object that the fixtures return: a short interface to a test's environment."""

import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from localenv.environment.overrides import changes, entries, real, scenarios
from localenv.pytest_plugin import scenario
from localenv.pytest_plugin.client import client
from localenv.pytest_plugin.flags import FlagsFixture
from localenv.pytest_plugin.needs import NeedFixture
from localenv.pytest_plugin.scenario import ActiveScenario
from localenv.pytest_plugin.scope import Scope
from localenv.pytest_plugin.upstreams import UpstreamFixture

if TYPE_CHECKING:
    import httpx

    from localenv import Environment
    from localenv.environment.overrides.observed import StaleStub
    from localenv.process import Completed
    from localenv.pytest_plugin.running import Running


class Facade:
    """A running environment; changes made through it last for its scope: a test, or the session.

    Raises UsageError for a name that is not in the description.
    """

    def __init__(self, find: "Callable[[], tuple[Running, Scope]]") -> None:
        self._find = find

    @property
    def identity(self) -> str:
        """The environment's unique name on this machine."""
        return self._running.identity

    @property
    def environment(self) -> "Environment":
        """The `localenv.Environment`; names in it may be those of a worker's copies."""
        return self._running.environment

    def url(self, name: str) -> str:
        """The address of a service, need or upstream on this machine."""
        return self._running.environment.url(self._running.own(name))

    def client(self, name: str, **options: Any) -> "httpx.Client":
        """An HTTP client for a service; its requests carry the test's `traceparent`. It is closed automatically.

        `options` are those of httpx.Client.
        """
        _, scope = self._find()
        opened = client(name, self.url(name), scope, options)
        scope.undo.callback(opened.close)
        return opened

    def upstream(self, name: str) -> UpstreamFixture:
        """An upstream: define its responses, and inspect its requests."""
        running, scope = self._find()
        running.own(name, running.environment.stack.upstreams)
        return UpstreamFixture(name=name, running=running, scope=scope)

    def scenario(self, name: str) -> ActiveScenario:
        """Activate a scenario of the description in place of the active one: its stubs, flags and failures.

        In a test they end with it, in `with` at the end of the block; then the one before is active again.
        """
        running, scope = self._find()
        scenarios.check(running.environment.stack, name)
        own = Facade(lambda: (running, scope))  # whenever it becomes active again, it is in this scope
        return scenario.activate(running, scope, partial(own._add_scenario, name))

    def _add_scenario(self, name: str) -> None:
        stack = self._running.environment.stack
        wanted = scenarios.check(stack, name)
        for upstream in wanted.stubs:
            self.upstream(upstream).stub(*scenarios.mappings(wanted, upstream))
        if wanted.flags:
            self.flags.set(json.loads(wanted.flags))
        for subject, words in wanted.faults.items():
            if subject in stack.needs:
                self.need(subject).fails(*words)
            else:
                self.upstream(subject).fails(" ".join(words))

    def real(self, name: str, *, url: str = "", observe: bool = False) -> changes.Changed:
        """Let the real server of an upstream answer, as described or at `url`; in a test, until it ends.

        In `with`, until the end of the block. With `observe` its answers are compared with the stubs', see
        `stale_stubs`.
        """
        running, scope = self._find()
        environment = running.environment
        own = running.own(name, environment.stack.upstreams)
        whose = entries.OverrideOwner.here(entries.TEST, name=scope.name, worker=running.worker)
        switched = real.switch(environment, own, url=url, observe=observe, owner=whose)
        scope.undo.callback(switched.clear)
        return switched

    def stale_stubs(self, name: str) -> "list[StaleStub]":
        """The stubs of an upstream that do not answer as its observed real server does."""
        running, _ = self._find()
        return running.environment.stale_stubs(running.own(name, running.environment.stack.upstreams))

    @property
    def flags(self) -> FlagsFixture:
        """Feature flags: `.set(new_checkout=True)`."""
        running, scope = self._find()
        return FlagsFixture(running=running, scope=scope)

    def need(self, name: str) -> NeedFixture:
        """A backing service: its address and its data."""
        running, scope = self._find()
        running.own(name, running.environment.stack.needs)
        return NeedFixture(name=name, running=running, scope=scope)

    def logs(self, name: str) -> list[str]:
        """The lines that a service or need has printed since the start of the test, or the session."""
        running, scope = self._find()
        return running.lines([name], scope.began)[name]

    def exec(self, name: str, *argv: str) -> "Completed":
        """Run a command inside a service or need; returns its `code`, `output` and `lines`."""
        return self._running.execute(name, argv)

    def stop(self, name: str) -> None:
        """Stop a service or need; in a test it is started again afterwards."""
        self._change(name, "stop")

    def start(self, name: str) -> None:
        """Start what was stopped or paused, and wait until it is ready."""
        running, scope = self._find()
        running.signal(name, "start")
        scope.stopped.discard(name)

    def pause(self, name: str) -> None:
        """Freeze a service or need: it neither answers nor refuses connections; in a test it continues afterwards."""
        self._change(name, "pause")

    def resume(self, name: str) -> None:
        """The same as `start`."""
        self.start(name)

    def _change(self, name: str, action: str) -> None:
        running, scope = self._find()
        running.signal(name, action, by=f"test {scope.name}")
        scope.stopped.add(name)
        scope.interfered = True

        def undo() -> None:
            if name in scope.stopped:
                scope.stopped.discard(name)
                running.signal(name, "start")

        scope.undo.callback(undo)

    @property
    def _running(self) -> "Running":
        return self._find()[0]
