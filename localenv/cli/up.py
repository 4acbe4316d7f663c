"""`localenv up`."""

import sys
import time
from contextlib import ExitStack, suppress
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
from localenv.environment import Environment, Request
from localenv.errors import Interrupted, LocalenvError, UsageError
from localenv.process import Invocation


def command(
    ctx: typer.Context,
    env: options.Env = None,
    detach: Annotated[bool, Option("--detach", "-d", help="Return once it is ready, and leave it up.")] = False,
    dry_run: Annotated[bool, Option("--dry-run", help="Print the steps; do nothing.")] = False,
    keep_on_failure: Annotated[bool, Option("--keep-on-failure", help="Leave a failed start as it is.")] = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    engine: options.Engine = "auto",
    name: options.Name = None,
    profile: options.Profile = None,
    timeout: options.Timeout = 120.0,
) -> None:
    """Bring an environment up; Ctrl-C, or the end of CMD, removes it.

    `localenv up` follows the logs until Ctrl-C, and then removes everything. `localenv up -- CMD` runs CMD with
    LOCALENV_<NAME>_URL and so on in its environment, removes everything, and exits with CMD's code; a failure of
    localenv itself is then 125. `localenv up --detach` leaves it up until `localenv down`.

    An environment that runs already is changed where it differs from its description.
    """
    program = cast(Called, ctx.obj).program
    _check(program, detach=detach, dry_run=dry_run)
    request = options.request(
        env, name, engine=engine, profiles=profile, timeout=timeout, keep_on_failure=keep_on_failure
    )
    if dry_run:
        print(environment.plan(request).steps or "nothing to do")
        return
    form = Form.JSON if json else Form.SILENT if quiet else Form.PERSON
    if detach:
        _detached(request, form)
    elif program is not None:
        raise ProgramEnded(_while(request, form, program))
    else:
        _foreground(request, form)


def _check(program: Program | None, *, detach: bool, dry_run: bool) -> None:
    if program == ():
        raise UsageError("say what to run after --", hint="localenv up -- CMD [ARGUMENT…]")
    if detach and program is not None:
        raise UsageError("--detach leaves the environment up, and -- CMD removes it: choose one of them")
    if dry_run and program is not None:
        raise UsageError("--dry-run runs nothing, no CMD either")


def _up(request: Request, form: Form, program: Program | None = None) -> Environment:
    try:
        with progress(form, spare_stdout=program is not None) as listener:
            return environment.up(request, listener)
    except LocalenvError as error:
        if request.keep_on_failure and not isinstance(error, Interrupted):
            _say("what was started is left as it is; `localenv down` removes it")
        raise


def _while(request: Request, form: Form, program: Program) -> int:
    """Run a program against the environment, and remove it whatever happens; the program's exit code."""
    began = time.monotonic()
    with signals.heeded(), ExitStack() as owed:
        found = _up(request, form, program)
        owed.callback(_remove, found, form)
        _summarise(found, form, sys.stderr, began)
        with signals.passed_on():
            return attached(Invocation(argv=program, more=found.variables()))


def _foreground(request: Request, form: Form) -> None:
    """Show what happens until somebody says that it is enough, and remove everything."""
    began, since = time.monotonic(), time.time()
    with signals.heeded(), ExitStack() as owed:
        found = _up(request, form)
        owed.callback(_remove, found, form)
        try:
            _summarise(found, form, sys.stdout, began)
            if form is Form.PERSON:
                _say("following the logs; Ctrl-C removes the environment\n")
            import_module("localenv.cli.foreground").follow(found, form, since=since)
        except KeyboardInterrupt:
            raise typer.Exit(Interrupted.exit_code) from None


def _detached(request: Request, form: Form) -> None:
    began = time.monotonic()
    with signals.heeded():
        found = _up(request, form)
        found.release()
    _summarise(found, form, sys.stdout, began)


def _summarise(found: Environment, form: Form, stream: TextIO, began: float) -> None:
    if form is Form.PERSON:
        took = time.monotonic() - began
        told = summary(found.status(), found.stack, stream, took=took, critical_path=found.critical_path)
        print(f"{told}\n", file=stream, flush=True)


def _remove(found: Environment, form: Form) -> None:
    if form is Form.PERSON:
        _say(f"removing {found.identity} …")
    with signals.patient(f"localenv down {found.identity}"):
        if form is Form.JSON:
            environment.down(found.identity, listener=found.listener)
        else:
            environment.down(found.identity)
    if form is Form.PERSON:
        _say("removed")


def _say(text: str) -> None:
    with suppress(OSError):  # that nobody reads any more must not keep the environment
        print(text, file=sys.stderr, flush=True)
