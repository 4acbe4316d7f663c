"""`localenv connect`."""

from dataclasses import replace
from typing import Annotated, cast

import typer
from typer import Argument

from localenv.cli import completing, options, signals
from localenv.cli.commands import Called, ProgramEnded
from localenv.cli.looking import attach
from localenv.cli.programs import attached, has_terminal


def command(
    ctx: typer.Context,
    words: Annotated[
        list[str],
        Argument(
            metavar="[ENV] NEED",
            help="The environment, and a need in it.",
            autocompletion=completing.needs,
        ),
    ],
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Open the client of a need, such as psql or redis-cli.

    Uses the client of this machine, or the one in the server's container. Arguments after -- go to the client:
    localenv connect db -- -c 'select 1'
    """
    more = cast(Called, ctx.obj).program or ()
    env, need = options.one(words, option, "NEED")
    found = attach(options.request(env, name))
    invocation = found.client(need, terminal=has_terminal())
    with signals.passed_on():
        raise ProgramEnded(attached(replace(invocation, argv=(*invocation.argv, *more))))
