"""`localenv fault`."""

import json as json_
from collections.abc import Sequence
from typing import Annotated

from typer import Argument, Option

from localenv import Environment, redaction
from localenv.cli import completing, durations, options, owner
from localenv.cli.looking import attach
from localenv.console import overrides
from localenv.environment.overrides import Override, OverrideKind
from localenv.errors import UsageError
from localenv.stubs.fault_mappings import Aim

_HINT = "localenv fault UPSTREAM status=503"


def command(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV] [NAME] [KIND]...",
            help="An upstream or need, and how it fails: status=503, malformed, truncated, empty, reset, garbage, "
            "slow=3s, drip=5s, hang, rate-limit=5/s, flaky=30%, or a profile of the description; of a need: stop, "
            "pause, disconnect, refuse, latency=200ms, full.",
            autocompletion=completing.resettable,
        ),
    ] = None,
    path: Annotated[
        str, Option(metavar="PATH", help="Only requests for this path: /charges/{id}, or /v1/* for all below.")
    ] = "",
    method: Annotated[str, Option(metavar="METHOD", help="Only requests with this method.")] = "ANY",
    times: Annotated[int | None, Option(metavar="N", help="Fail N requests; then it answers again.")] = None,
    after: Annotated[int, Option(metavar="N", parser=durations.count, help="Let N requests pass before.")] = 0,
    seed: Annotated[
        int, Option(metavar="N", parser=durations.count, help="Which of the requests flaky=30% makes fail.")
    ] = 0,
    seconds: options.LaidFor = None,
    listing: Annotated[bool, Option("--list", help="List what fails now.")] = False,
    clear: Annotated[bool, Option("--clear", help="Let NAME work again, or all.")] = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Make an upstream or a need fail while it runs, list what fails, or end that.

    localenv fault payments slow=3s status=503 --path /charges --for 30s

    Several kinds combine. It is in force at once, until --clear, the end of --for or that of the environment; what a
    CMD of `localenv run` lays, until CMD ends.
    """
    env, said = options.apart(words or (), option)
    found = attach(options.request(env, name))
    if clear:
        removed = _failing(found, said)
        found.unstub(*removed)
        _show(removed, json=json, quiet=quiet, done="removed")
    elif listing or not said:
        _show(_failing(found, said), json=json, quiet=False)
    elif len(said) == 1:
        raise UsageError(f"missing how '{said[0]}' fails", hint=_HINT)
    else:
        try:
            aim = Aim(method=method.upper(), path=path, times=times, after=after, seed=seed)
        except ValueError as error:
            raise UsageError(str(error), hint="localenv fault --help") from error
        laid = found.fault(said[0], *said[1:], aim=aim, seconds=seconds, owner=owner.of_command())
        _show([laid], json=json, quiet=quiet, done="laid")


def _failing(found: Environment, names: Sequence[str]) -> list[Override]:
    """What fails of these names, or all; raises UsageError for an unknown one."""
    known = {**found.stack.upstreams, **found.stack.needs}
    for one in names:
        if one not in known:
            raise UsageError(f"unknown upstream or need '{one}'", hint=f"available: {', '.join(known) or 'none'}")
    return [one for one in found.overrides(*names) if one.kind is OverrideKind.FAULT]


def _show(laid: Sequence[Override], *, json: bool, quiet: bool, done: str = "") -> None:
    if json:
        print(redaction.redacted(json_.dumps([one.document() for one in laid], indent=2, ensure_ascii=False)))
        return
    for one in () if quiet else laid:
        print(overrides.line(one, done))
