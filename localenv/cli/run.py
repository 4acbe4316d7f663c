"""`localenv run`."""

from typing import Annotated

import typer
from typer import Option

from localenv.cli import completing, options, signals
from localenv.cli.commands import ProgramEnded, program
from localenv.cli.looking import attach
from localenv.cli.programs import attached


def command(
    ctx: typer.Context,
    env: options.Env = None,
    service: Annotated[
        str | None,
        Option(
            "--as", metavar="SERVICE", help="Add the variables of this service.", autocompletion=completing.services
        ),
    ] = None,
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Run a program here with the variables of an environment.

    LOCALENV_<NAME>_URL, _HOST and _PORT are set for everything with an address.
    """
    argv = program(ctx)
    found = attach(options.request(options.chosen(env, option), name))
    with signals.passed_on():
        raise ProgramEnded(attached(found.here(argv, service)))
