"""`localenv exec`."""

from typing import Annotated

import typer
from typer import Argument

from localenv.cli import completing, options, signals
from localenv.cli.commands import ProgramEnded, program
from localenv.cli.looking import attach
from localenv.cli.programs import attached, has_terminal


def command(
    ctx: typer.Context,
    service: Annotated[str, Argument(metavar="SERVICE", help="A service or need.", autocompletion=completing.running)],
    env: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Run a program inside a service or need."""
    argv = program(ctx)
    found = attach(options.request(env, name))
    invocation = found.invocation(service, argv, terminal=has_terminal())
    with signals.passed_on():
        raise ProgramEnded(attached(invocation))
