"""`localenv up`."""

import json as json_
import os
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from importlib import import_module
from typing import Annotated, TextIO, cast

import typer
from typer import Option

from localenv import environment
from localenv.cli import options, signals
from localenv.cli.commands import Called, Program, ProgramEnded
from localenv.cli.programs import attached
from localenv.console.progress import Form, progress
from localenv.console.summary import summary
from localenv.environment import Environment, Left, Request, lifecycle
from localenv.errors import Interrupted, LocalenvError, UsageError


def command(
    ctx: typer.Context,
    env: options.Env = None,
    detach: Annotated[bool, Option("--detach", "-d", help="Return once it is ready, and leave it up.")] = False,
    lease: options.Lease = None,
    dry_run: Annotated[bool, Option("--dry-run", help="Print the steps; do nothing.")] = False,
    keep_on_failure: Annotated[bool, Option("--keep-on-failure", help="Leave a failed start as it is.")] = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    engine: options.Engine = None,
    name: options.Name = None,
    profile: options.Profile = None,
    timeout: options.Timeout = None,
) -> None:
    """Bring an environment up; Ctrl-C, or the end of CMD, removes it.

    `localenv up` follows the logs until Ctrl-C, and then removes everything. `localenv up -- CMD` runs CMD with
    LOCALENV_<NAME>_URL and so on in its environment, removes everything, and exits with CMD's code; a failure of
    localenv itself is then 125. `localenv up --detach` leaves it up until `localenv down`, or as long as --for says.

    An environment that runs already is changed where it differs from its description. It ends with the first `up` in
    the foreground; a later one follows it, and ends with it. `localenv down` ends them all: one that was ready then
    exits with 0, one that was still starting with 130.
    """
    program = cast(Called, ctx.obj).program
    _check(program, detach=detach, dry_run=dry_run, lease=lease)
    asked = options.request(
        env, name, engine=engine, profiles=profile, timeout=timeout, keep_on_failure=keep_on_failure
    )
    request = replace(asked, is_command=True, detach=detach, lease=lease)
    if dry_run:
        steps = environment.plan(request).plan
        print(json_.dumps(steps.document(), indent=2) if json else steps or "nothing to do")
        return
    form = Form.JSON if json else Form.SILENT if quiet else Form.PERSON
    if detach:
        _detached(request, form)
    elif program is not None:
        raise ProgramEnded(_while(request, form, program))
    else:
        _foreground(request, form)


def _check(program: Program | None, *, detach: bool, dry_run: bool, lease: float | None) -> None:
    if lease is not None and not detach:
        raise UsageError("--for says how long a detached environment stays", hint="localenv up --detach --for 2h")
    if program == ():
        raise UsageError("say what to run after --", hint="localenv up -- CMD [ARGUMENT…]")
    if detach and program is not None:
        raise UsageError("--detach leaves the environment up, and -- CMD removes it: choose one of them")
    if dry_run and program is not None:
        raise UsageError("--dry-run runs nothing, no CMD either")


def _up(request: Request, form: Form, program: Program | None = None) -> Environment:
    try:
        with progress(form, spare_stdout=program is not None) as listener:
            return lifecycle.up(request, listener)
    except LocalenvError as error:
        if request.keep_on_failure and not isinstance(error, Interrupted):
            _say("what was started is left as it is; `localenv down` removes it")
        raise


def _while(request: Request, form: Form, program: Program) -> int:
    """Run a program against the environment, and remove it whatever happens; the program's exit code."""
    began = time.monotonic()
    with signals.heeded(), ExitStack() as owed:
        found = _up(request, form, program)
        owed.callback(_leave, found, form)
        _summarise(found, form, sys.stderr, began)
        with signals.passed_on():
            return attached(found.here(program))


def _foreground(request: Request, form: Form) -> None:
    """Show what happens until somebody says that it is enough, and remove everything."""
    began, since = time.monotonic(), time.time()
    with signals.heeded():
        found = _up(request, form)
        try:
            _summarise(found, form, sys.stdout, began)
            logs_since = time.time()
            if form is Form.PERSON:
                _say(_following(found))
            import_module("localenv.cli.foreground").follow(found, form, since=since, logs_since=logs_since)
        except KeyboardInterrupt:
            if _leave(found, form, is_told=True) is not Left.GONE:  # else it was `localenv down` that told us
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


def _summarise(found: Environment, form: Form, stream: TextIO, began: float) -> None:
    if form is Form.PERSON:
        took = time.monotonic() - began
        told = summary(found.status(counts=False), found.stack, stream, took=took, critical_path=found.critical_path)
        print(f"{told}\n", file=stream, flush=True)


def _following(found: Environment) -> str:
    owner = found.record.owner
    if owner and owner.pid != os.getpid():
        return f"following the logs; the environment is that of process {owner.pid}, and ends with it\n"
    return "following the logs; Ctrl-C removes the environment\n"


def _leave(found: Environment, form: Form, *, is_told: bool = False) -> Left:
    """Remove it where it is ours; what became of it. `is_told`: the next signal says that this takes too long."""
    is_mine = found.record.owner is not None and found.record.owner.pid == os.getpid()
    if form is Form.PERSON and is_mine:
        _say(f"removing {found.identity} …")
    with signals.patient(is_told=is_told):
        left = environment.leave(found.identity, **({"listener": found.listener} if form is Form.JSON else {}))
    if form is Form.PERSON and (is_told or left is not Left.GONE):
        _say(_WORDS[left].format(found.identity))
    return left


_WORDS = {
    Left.REMOVED: "removed",
    Left.STAYS: "{0} stays: it is not this command's to remove; `localenv down {0}` does",
    Left.GONE: "{0} was removed by somebody else",
}


def _say(text: str) -> None:
    with suppress(OSError):  # that nobody reads any more must not keep the environment
        print(text, file=sys.stderr, flush=True)
