"""`localenv up`."""

import json as json_
import os
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, cast

import typer
from typer import Option

from localenv import Environment, Request, redaction
from localenv.cli import completing, options, signals
from localenv.cli.commands import Called, ProgramEnded, ProgramWords
from localenv.cli.programs import attached
from localenv.cli.stages import detached, leave, say, started, summarise
from localenv.console.progress import Form
from localenv.console.terminal import lasting
from localenv.environment import lifecycle
from localenv.environment.down.removing import Left
from localenv.errors import Interrupted, UsageError


@dataclass(frozen=True, kw_only=True)
class Staying:
    """The options for how long the environment stays, and what happens meanwhile; `lease` in seconds."""

    detach: Annotated[bool, Option("--detach", "-d", help="Return when ready; the environment stays up.")] = False
    lease: options.LeaseOption = None
    dry_run: Annotated[bool, Option("--dry-run", help="Print the steps; start nothing.")] = False
    watch: Annotated[
        bool, Option("--watch", "-w", help="Apply changed files of services: copy, restart or rebuild.")
    ] = False
    no_keys: Annotated[bool, Option("--no-keys", help="Do not react to keys on a terminal.")] = False

    def check(self, program: ProgramWords | None, envs: Sequence[str | None]) -> None:
        """Raise UsageError for options that exclude each other, a program or several environments."""
        if self.lease is not None and not self.detach:
            raise UsageError("--for needs --detach", hint="localenv up --detach --for 2h")
        if program == ():
            raise UsageError("missing command", hint="localenv up -- CMD [ARGUMENT…]")
        if self.detach and program is not None:
            raise UsageError("choose --detach or -- CMD: --detach keeps the environment, -- CMD removes it")
        if self.dry_run and program is not None:
            raise UsageError("--dry-run runs no command; leave out -- CMD")
        if self.watch and (self.detach or self.dry_run or program is not None or len(envs) > 1):
            raise UsageError("--watch needs one environment in the foreground", hint="localenv up --watch")
        if program is not None and len(envs) > 1:
            raise UsageError("-- CMD runs against one environment", hint=f"localenv up {envs[0]} -- CMD")


@dataclass(frozen=True, kw_only=True)
class Starting:
    """The options for what is started, and how; `timeout` in seconds."""

    build: Annotated[bool, Option("--build", help="Rebuild images and prepared folders.")] = False
    fresh: Annotated[
        bool, Option("--fresh", help="Rebuild and restart everything, with fresh data except where `keep: true`.")
    ] = False
    without: Annotated[
        list[str] | None,
        Option(
            metavar="SERVICE",
            help="Start everything but this service, which runs on this machine; repeatable.",
            autocompletion=completing.services,
        ),
    ] = None
    keep_on_failure: Annotated[
        bool, Option("--keep-on-failure", help="Leave everything running if the start fails.")
    ] = False
    real: Annotated[
        list[str] | None,
        Option(
            metavar="UPSTREAM",
            help="Let the real server of an upstream answer; repeatable.",
            autocompletion=completing.upstreams,
        ),
    ] = None
    observe: Annotated[
        bool, Option("--observe", help="With --real: name stubs whose answers differ from the real ones.")
    ] = False
    scenario: Annotated[
        str,
        Option(
            metavar="NAME",
            help="Activate a scenario of the description when everything is ready.",
            autocompletion=completing.scenarios,
        ),
    ] = ""
    engine: options.EngineOption = None
    name: options.Name = None
    profile: options.ProfileOption = None
    timeout: options.TimeoutOption = None

    def request(self, env: str | None) -> Request:
        """The request for an environment; raises UsageError."""
        found = options.request(
            env, self.name, engine=self.engine, profiles=self.profile, timeout=self.timeout,
            keep_on_failure=self.keep_on_failure,
        )  # fmt: skip
        return replace(
            found, build=self.build, fresh=self.fresh, scenario=self.scenario, reals=tuple(self.real or ()),
            observe=self.observe, without=tuple(self.without or ()),
        )  # fmt: skip


def command(
    ctx: typer.Context,
    envs: options.Envs = None,
    *,
    option: options.EnvOption = None,
    staying: Staying,
    starting: Starting,
    output: options.Output,
) -> None:
    """Start environments; Ctrl-C, or the end of CMD, removes them.

    `localenv up` follows the logs until Ctrl-C, then removes everything. `localenv up -- CMD` runs CMD with
    LOCALENV_<NAME>_URL, _HOST and _PORT, removes everything, and exits with CMD's code, or with 125 if localenv itself
    fails. `localenv up --detach` keeps the environment until `localenv down`, or for the time set with --for.

    If the environment is already running, only the differences from its description are changed. It belongs to the
    first `up` in the foreground and is removed when that exits; a later `up` follows its logs, and a later
    `up --detach` keeps it for good. `localenv down` ends both: a ready `up` exits with 0, a starting one with 130.
    """
    program, chosen = cast(Called, ctx.obj).program, options.several(envs, option)
    staying.check(program, chosen)
    asked = partial(replace, is_command=True, detach=staying.detach, lease=staying.lease)
    requests = [asked(starting.request(env)) for env in chosen]
    form = Form.JSON if output.json else Form.SILENT if output.quiet else Form.PERSON
    if staying.dry_run:
        for one in requests:
            _print_plan(one, json=output.json)
    elif len(requests) > 1:
        from localenv.cli import several

        with lasting():
            several.up(requests, form)
    elif staying.detach:
        detached(requests[0], form)
    elif program is not None:
        with lasting():
            raise ProgramEnded(_while(requests[0], form, program))
    else:
        with lasting():
            _foreground(requests[0], form, no_keys=staying.no_keys, watch=staying.watch)


def _print_plan(request: Request, *, json: bool) -> None:
    steps = lifecycle.plan(request).plan
    text = json_.dumps(steps.document(), indent=2) if json else str(steps) if steps else "nothing to do"
    print(redaction.redacted(text))


def _while(request: Request, form: Form, program: ProgramWords) -> int:
    """Run a program against the environment, then remove it; returns the program's exit code."""
    began = time.monotonic()
    with signals.handled(), ExitStack() as owed:
        found = started(request, form, program)
        owed.callback(leave, found, form)
        summarise(found, form, sys.stderr, began)
        with signals.passed_on():
            return attached(found.here(program))


def _foreground(request: Request, form: Form, *, no_keys: bool, watch: bool) -> None:
    """Show the logs until Ctrl-C or `localenv down`, then remove everything."""
    began, since = time.monotonic(), time.time()
    with signals.handled():
        found = started(request, form)
        try:
            summarise(found, form, sys.stdout, began)
            logs_since = time.time()
            if form is Form.PERSON:
                say(_following(found))
            from localenv.cli import foreground, keys  # a detached start does not need them

            with_keys = keys.are_read(form, wanted=not no_keys)

            foreground.follow(found, form, since=since, logs_since=logs_since, with_keys=with_keys, watch=watch)
        except KeyboardInterrupt:
            left = leave(found, form, is_announced=True)
            if left is not Left.GONE:  # otherwise `localenv down` stopped this process
                raise typer.Exit(Interrupted.exit_code) from None
        except BaseException:
            leave(found, form)
            raise
        else:
            leave(found, form)


def _following(found: Environment) -> str:
    owner = found.record.owner
    if owner and owner.pid != os.getpid():
        return f"following the logs; the environment belongs to process {owner.pid} and is removed when it exits\n"
    return "following the logs; Ctrl-C removes the environment\n"
