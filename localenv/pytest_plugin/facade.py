"""What the fixtures give to a test: its environment in a few words."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from localenv.pytest_plugin.client import client
from localenv.pytest_plugin.needs import NeedFixture
from localenv.pytest_plugin.scope import Scope
from localenv.pytest_plugin.upstreams import UpstreamFixture

if TYPE_CHECKING:
    import httpx

    from localenv import Environment
    from localenv.process import Completed
    from localenv.pytest_plugin.running import Running


class Facade:
    """A running environment; what is changed through it stays for as long as its scope: a test, or the session.

    A name that the description does not have raises UsageError.
    """

    def __init__(self, find: "Callable[[], tuple[Running, Scope]]") -> None:
        self._find = find

    @property
    def identity(self) -> str:
        """Its name on this machine."""
        return self._running.identity

    @property
    def environment(self) -> "Environment":
        """All that localenv itself knows of it; names in there may be those of a worker's copies."""
        return self._running.environment

    def url(self, name: str) -> str:
        """Where this machine reaches a service, need or upstream."""
        return self._running.environment.url(self._running.own(name))

    def client(self, name: str, **options: Any) -> "httpx.Client":
        """A client of a service; what it sends carries the test's `traceparent`. It is closed for you.

        `options` are those of httpx.Client.
        """
        _, scope = self._find()
        opened = client(name, self.url(name), scope, options)
        scope.undo.callback(opened.close)
        return opened

    def upstream(self, name: str) -> UpstreamFixture:
        """What answers for a service of others, and what it was asked."""
        running, scope = self._find()
        running.own(name, running.environment.stack.upstreams)
        return UpstreamFixture(name=name, running=running, scope=scope)

    def need(self, name: str) -> NeedFixture:
        """A backing service: its address, and what is in it."""
        running, scope = self._find()
        running.own(name, running.environment.stack.needs)
        return NeedFixture(name=name, running=running, scope=scope)

    def logs(self, name: str) -> list[str]:
        """The lines a service or need has printed since the test, or the session, began."""
        running, scope = self._find()
        return running.lines([name], scope.began)[name]

    def exec(self, name: str, *argv: str) -> "Completed":
        """Run a command inside a service or need; its `code`, `output` and `lines`."""
        return self._running.execute(name, argv)

    def stop(self, name: str) -> None:
        """Stop a service or need; for a test it is started again afterwards."""
        self._change(name, "stop")

    def start(self, name: str) -> None:
        """Start what was stopped or paused, and wait until it works."""
        running, scope = self._find()
        running.signal(name, "start")
        scope.stopped.discard(name)

    def pause(self, name: str) -> None:
        """Freeze a service or need: it neither answers nor refuses; for a test it goes on afterwards."""
        self._change(name, "pause")

    def resume(self, name: str) -> None:
        """The same."""
        self.start(name)

    def _change(self, name: str, action: str) -> None:
        running, scope = self._find()
        running.signal(name, action)
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
