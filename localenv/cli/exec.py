"""`localenv exec`."""

from typing import Annotated, cast

import typer
from typer import Argument

from localenv.cli import completing, options, signals
from localenv.cli.commands import Called, ProgramEnded, program
from localenv.cli.looking import attach
from localenv.cli.programs import attached, has_terminal


def command(
    ctx: typer.Context,
    words: Annotated[
        list[str],
        Argument(
            metavar="[ENV] SERVICE",
            help="The environment, and a service or need in it.",
            autocompletion=completing.running,
        ),
    ],
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Run a program inside a service or need; without one, a shell.

    localenv exec api -- python -V
    """
    argv = program(ctx) if cast(Called, ctx.obj).program is not None else None
    env, service = options.one(words, option, "SERVICE")
    found = attach(options.request(env, name))
    invocation = (
        found.invocation(service, argv, terminal=has_terminal())
        if argv
        else found.shell(service, terminal=has_terminal())
    )
    with signals.passed_on():
        raise ProgramEnded(attached(invocation))
