"""What `localenv up` would do after a change that is not taken over: jobs, and a changed description."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from localenv.environment.up.preparing import Prepared
from localenv.errors import DescriptionError, LocalenvError
from localenv.plan import Action, Step, is_of_code

_SHOWN = 4


@dataclass(kw_only=True)
class Notices:
    """Reports what is due, once each time; `key` applies it, if keys are read."""

    report: Callable[[str], None]
    key: str = ""
    _jobs: frozenset[str] = frozenset()
    _described: tuple[str, ...] = field(default=())

    def jobs(self, prepared: Prepared) -> None:
        """Name the jobs whose inputs changed."""
        names = frozenset(prepared.plan.of(Action.RUN))
        if fresh := sorted(names - self._jobs):
            self.report(f"{', '.join(fresh)}: inputs changed; to run: {self._how}")
        self._jobs = names

    def description(self, files: Sequence[Path], prepared: Prepared) -> None:
        """Name what a change of the description's files would do; nothing if it does nothing."""
        steps = [one for one in prepared.plan.steps if one.action is not Action.AWAIT]
        steps = [one for one in steps if not is_of_code(one.reason)]  # taken over already
        steps = [one for one in steps if one.action not in (Action.RUN, Action.SMOKE, Action.SNAPSHOT)]
        lines = tuple(_line(one) for one in steps)
        if lines and lines != self._described:
            more = f", and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
            self.report(f"{_named(files)} changed: {', '.join(lines[:_SHOWN])}{more}; to apply: {self._how}")
        self._described = lines

    def mistake(self, files: Sequence[Path], error: LocalenvError) -> None:
        """Show the first mistake of a description that cannot be used."""
        problems = error.problems if isinstance(error, DescriptionError) else ()
        shown = str(problems[0]) if problems else error.message
        self.report(f"{_named(files)} changed, and cannot be applied: {shown}")
        self._described = ()

    @property
    def _how(self) -> str:
        return f"press {self.key}" if self.key else "localenv up"


def _line(step: Step) -> str:
    reason = f" ({step.reason})" if step.reason else ""
    return f"{step.action} {step.subject}{reason}"


def _named(files: Sequence[Path]) -> str:
    return ", ".join(dict.fromkeys(path.name for path in files))
