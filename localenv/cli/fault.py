"""`localenv fault`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from typer import Argument, Option

from localenv import Environment
from localenv.cli import completing, durations, options, owner
from localenv.cli.looking import attach
from localenv.cli.override_list import show, show_removed
from localenv.environment.overrides.entries import Override, OverrideKind
from localenv.errors import UsageError
from localenv.needs import failures
from localenv.stubs.fault_mappings import Aim
from localenv.stubs.faults import WORDS
from localenv.stubs.vocabulary import METHODS

_NONE = "no failures"


@dataclass(frozen=True, kw_only=True)
class Aiming:
    """The options that choose which requests of an upstream fail."""

    path: Annotated[
        str, Option(metavar="PATH", help="Only requests for this path: /charges/{id}, or /v1/* for all below.")
    ] = ""
    method: Annotated[str, Option(metavar="METHOD", help="Only requests with this method.")] = "ANY"
    times: Annotated[
        int | None, Option(metavar="N", parser=durations.count, help="Fail N requests; then it answers again.")
    ] = None
    after: Annotated[int, Option(metavar="N", parser=durations.count, help="Let N requests pass before.")] = 0
    seed: Annotated[
        int, Option(metavar="N", parser=durations.count, help="Which of the requests flaky=30% makes fail.")
    ] = 0

    def aim(self) -> Aim:
        """The same for `Environment.fault`; raises UsageError."""
        if self.method.upper() not in METHODS:
            raise UsageError(f"unknown method '{self.method}'", hint=f"available: {', '.join(METHODS)}")
        try:
            return Aim(method=self.method, path=self.path, times=self.times, after=self.after, seed=self.seed)
        except ValueError as error:
            raise UsageError(str(error), hint="localenv fault --help") from error


def command(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV] [NAME] [KIND]...",
            help=f"An upstream or need, and how it fails: {', '.join(WORDS)}, or a profile of the description; of a "
            f"need: {', '.join(failures.KINDS)}.",
            autocompletion=completing.resettable,
        ),
    ] = None,
    *,
    aiming: Aiming,
    seconds: options.LaidFor = None,
    listing: Annotated[bool, Option("--list", help="List active failures.")] = False,
    clear: Annotated[bool, Option("--clear", help="Let NAME work again, or all.")] = False,
    output: options.Output,
    chosen: options.Chosen,
) -> None:
    """Make an upstream or a need fail while it runs, list active failures, or end them.

    localenv fault payments slow=3s status=503 --path /charges --for 30s

    Several kinds combine. It takes effect at once, until --clear, the end of --for or that of the environment; what a
    CMD of `localenv run` adds, until CMD ends.
    """
    env, rest = options.apart(words or (), chosen.option)
    found = attach(options.request(env, chosen.name))
    if clear:
        removed = _failing(found, rest)
        found.unstub(*removed)
        show_removed(removed, output, none=_NONE)
    elif listing or not rest:
        show(_failing(found, rest), output, none=_NONE)
    elif len(rest) == 1:
        _failing(found, rest)
        hint = f"localenv fault {rest[0]} {'stop' if rest[0] in found.stack.needs else 'status=503'}"
        raise UsageError(f"missing how '{rest[0]}' fails", hint=hint)
    else:
        made = found.fault(rest[0], *rest[1:], aim=aiming.aim(), seconds=seconds, owner=owner.of_command())
        show([made], output, "done" if made.is_done else "added")


def _failing(found: Environment, names: Sequence[str]) -> list[Override]:
    """What fails of these names, or all; raises UsageError for an unknown one."""
    known = {**found.stack.upstreams, **found.stack.needs}
    for one in names:
        if one not in known:
            raise UsageError(f"unknown upstream or need '{one}'", hint=f"available: {', '.join(known) or 'none'}")
    return [one for one in found.overrides(*names) if one.kind is OverrideKind.FAULT]
