"""`localenv connect`."""

from dataclasses import replace
from typing import Annotated, cast

import typer
from typer import Argument

from localenv.cli import completing, options, signals
from localenv.cli.commands import Called, ProgramEnded
from localenv.cli.looking import attach
from localenv.cli.programs import attached, has_terminal
from localenv.environment.handle import Environment
from localenv.environment.up import probes
from localenv.host.announcing import announced
from localenv.stack.workers import server_of


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
    with signals.passed_on(), announced(lambda: _silence(found, need)):
        raise ProgramEnded(attached(replace(invocation, argv=(*invocation.argv, *more))))


def _silence(found: Environment, need: str) -> str:
    """What a client that still runs may wait for: a server that does not answer; empty if it answers."""
    home = server_of(found.stack, need)
    answer = probes.ask(found.engine, found.deployment, found.stack.services[home])
    return f"waiting for {need}, which does not answer; Ctrl-C ends this" if answer and answer.is_silent else ""
