"""`localenv up`."""

import json as json_
import os
import shlex
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Annotated, TextIO, cast

import typer
from typer import Option

from localenv import Environment, Request, redaction, state
from localenv.cli import options, signals
from localenv.cli.commands import Called, Program, ProgramEnded
from localenv.cli.programs import attached
from localenv.console.progress import Form, progress
from localenv.console.summary import summary
from localenv.environment import lifecycle, ownership
from localenv.environment.down import removing
from localenv.environment.down.removing import Left
from localenv.errors import Interrupted, LocalenvError, UsageError


def command(
    ctx: typer.Context,
    env: options.Env = None,
    option: options.EnvOption = None,
    detach: Annotated[bool, Option("--detach", "-d", help="Return when ready; the environment stays up.")] = False,
    lease: options.Lease = None,
    build: Annotated[bool, Option("--build", help="Rebuild images and prepared folders.")] = False,
    fresh: Annotated[
        bool,
        Option("--fresh", help="Rebuild and restart everything, with fresh data except where `keep: true`."),
    ] = False,
    dry_run: Annotated[bool, Option("--dry-run", help="Print the steps; start nothing.")] = False,
    keep_on_failure: Annotated[
        bool, Option("--keep-on-failure", help="Leave everything running if the start fails.")
    ] = False,
    scenario: Annotated[
        str, Option(metavar="NAME", help="Lay a scenario of the description when everything is ready.")
    ] = "",
    json: options.Json = False,
    quiet: options.Quiet = False,
    engine: options.Engine = None,
    name: options.Name = None,
    profile: options.Profile = None,
    timeout: options.Timeout = None,
) -> None:
    """Start an environment; Ctrl-C, or the end of CMD, removes it.

    `localenv up` follows the logs until Ctrl-C, then removes everything. `localenv up -- CMD` runs CMD with
    LOCALENV_<NAME>_URL, _HOST and _PORT, removes everything, and exits with CMD's code, or with 125 if localenv itself
    fails. `localenv up --detach` keeps the environment until `localenv down`, or for the time set with --for.

    If the environment is already running, only the differences from its description are changed. It belongs to the
    first `up` in the foreground and is removed when that exits; a later `up` follows its logs, and a later
    `up --detach` keeps it for good. `localenv down` ends both: a ready `up` exits with 0, a starting one with 130.
    """
    program, env = cast(Called, ctx.obj).program, options.chosen(env, option)
    _check(program, detach=detach, dry_run=dry_run, lease=lease)
    asked = options.request(
        env, name, engine=engine, profiles=profile, timeout=timeout, keep_on_failure=keep_on_failure
    )
    request = replace(asked, is_command=True, detach=detach, lease=lease, build=build, fresh=fresh, scenario=scenario)
    if dry_run:
        _print_plan(request, json=json)
        return
    form = Form.JSON if json else Form.SILENT if quiet else Form.PERSON
    if detach:
        _detached(request, form)
    elif program is not None:
        raise ProgramEnded(_while(request, form, program))
    else:
        _foreground(request, form)


def _print_plan(request: Request, *, json: bool) -> None:
    steps = lifecycle.plan(request).plan
    print(json_.dumps(steps.document(), indent=2) if json else steps or "nothing to do")


def _check(program: Program | None, *, detach: bool, dry_run: bool, lease: float | None) -> None:
    if lease is not None and not detach:
        raise UsageError("--for needs --detach", hint="localenv up --detach --for 2h")
    if program == ():
        raise UsageError("missing command", hint="localenv up -- CMD [ARGUMENT…]")
    if detach and program is not None:
        raise UsageError("choose --detach or -- CMD: --detach keeps the environment, -- CMD removes it")
    if dry_run and program is not None:
        raise UsageError("--dry-run runs no command; leave out -- CMD")


def _up(request: Request, form: Form, program: Program | None = None) -> Environment:
    try:
        with progress(form, spare_stdout=program is not None) as listener:
            return lifecycle.up(request, listener)
    except LocalenvError as error:
        if request.keep_on_failure and not isinstance(error, Interrupted):
            _say("the started services are still up; `localenv down` removes them")
        raise


def _while(request: Request, form: Form, program: Program) -> int:
    """Run a program against the environment, then remove it; returns the program's exit code."""
    began = time.monotonic()
    with signals.heeded(), ExitStack() as owed:
        found = _up(request, form, program)
        owed.callback(_leave, found, form)
        _summarise(found, form, sys.stderr, began)
        with signals.passed_on():
            return attached(found.here(program))


def _foreground(request: Request, form: Form) -> None:
    """Show the logs until Ctrl-C or `localenv down`, then remove everything."""
    began, since = time.monotonic(), time.time()
    with signals.heeded():
        found = _up(request, form)
        try:
            _summarise(found, form, sys.stdout, began)
            logs_since = time.time()
            if form is Form.PERSON:
                _say(_following(found))
            from localenv.cli import foreground  # a detached start does not need it

            foreground.follow(found, form, since=since, logs_since=logs_since)
        except KeyboardInterrupt:
            left = _leave(found, form, is_announced=True)
            if left is not Left.GONE:  # otherwise `localenv down` stopped this process
                raise typer.Exit(Interrupted.exit_code) from None
        except BaseException:
            _leave(found, form)
            raise
        else:
            _leave(found, form)


def _detached(request: Request, form: Form) -> None:
    began = time.monotonic()
    with signals.heeded():
        found = _up(request, form)
    _summarise(found, form, sys.stdout, began)
    if form is Form.PERSON:
        _say(_next(found, request))


def _next(found: Environment, request: Request) -> str:
    """The commands that are likely to be useful next."""
    words = [] if found.record.env == "local" else [found.record.env]
    words += ["--name", request.name] if request.name else []
    commands = ("status", "logs --follow", "down")
    return "next: " + " · ".join(shlex.join(["localenv", *one.split(), *words]) for one in commands) + "\n"


def _summarise(found: Environment, form: Form, stream: TextIO, began: float) -> None:
    if form is Form.PERSON:
        took = time.monotonic() - began
        shown = summary(found.status(counts=False), found.stack, stream, took=took, critical_path=found.critical_path)
        print(f"{shown}\n", file=stream, flush=True)
        for note in found.notes():
            print(f"{redaction.redacted(note)}\n", file=stream, flush=True)


def _following(found: Environment) -> str:
    owner = found.record.owner
    if owner and owner.pid != os.getpid():
        return f"following the logs; the environment belongs to process {owner.pid} and is removed when it exits\n"
    return "following the logs; Ctrl-C removes the environment\n"


def _leave(found: Environment, form: Form, *, is_announced: bool = False) -> Left:
    """Remove the environment if this process still owns it; `is_announced` if the first signal was answered."""
    if form is Form.PERSON and ownership.is_mine(state.load(found.identity)):
        _say(f"removing {found.identity} …")
    with signals.patient(is_announced=is_announced):
        left = removing.leave(found.identity, **({"listener": found.listener} if form is Form.JSON else {}))
    if form is Form.PERSON and (is_announced or left is not Left.GONE):
        _say(_WORDS[left].format(found.identity))
    return left


_WORDS = {
    Left.REMOVED: "removed",
    Left.STAYS: "{0} is still up, it belongs to another process; `localenv down {0}` removes it",
    Left.KEPT: "{0} is still up, `localenv up --detach` in another terminal keeps it; `localenv down {0}` removes it",
    Left.GONE: "{0} was removed by localenv down in another terminal",
}


def _say(text: str) -> None:
    with suppress(OSError):  # closed output must not prevent removal
        print(text, file=sys.stderr, flush=True)
