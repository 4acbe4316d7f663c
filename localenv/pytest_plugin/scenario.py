"""The scenario that a test, or the session, has activated: one at a time."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from localenv.pytest_plugin.running import Running
from localenv.pytest_plugin.scope import Scope


@dataclass(kw_only=True)
class ActiveScenario:
    """A scenario that ends with its scope, or its block in `with`; then the one `before` is active again."""

    running: Running = field(repr=False)
    scope: Scope = field(repr=False)
    add: Callable[[], None] = field(repr=False)  # adds its stubs, flags and failures to the scope
    before: "ActiveScenario | None" = field(default=None, repr=False)
    is_over: bool = False
    _undo: ExitStack = field(default_factory=ExitStack, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    def begin(self) -> None:
        """Add what it consists of."""
        outer, self.scope.undo = self.scope.undo, self._undo
        try:
            self.add()
        except BaseException:
            self.remove()
            raise
        finally:
            self.scope.undo = outer

    def remove(self) -> None:
        """Remove what it consists of."""
        self._undo.close()

    def end(self) -> None:
        """Remove it, and activate the one before, unless another is active by now."""
        self.is_over = True
        if self.running.scenario is self:
            self.remove()
            self.running.scenario = self._previous()
            if self.running.scenario:
                self.running.scenario.begin()

    def _previous(self) -> "ActiveScenario | None":
        found = self.before
        while found and found.is_over:
            found = found.before
        return found


def activate(running: Running, scope: Scope, add: Callable[[], None]) -> ActiveScenario:
    """Activate a scenario in place of the active one; on a failure nothing has changed."""
    before: ActiveScenario | None = running.scenario
    active = ActiveScenario(running=running, scope=scope, add=add, before=before)
    if before:
        before.remove()
    try:
        active.begin()
    except BaseException:
        if before:
            before.begin()
        raise
    running.scenario = active
    scope.undo.callback(active.end)
    return active
