"""`localenv run`."""

from typing import Annotated, cast

import typer
from typer import Option

from localenv.cli import completing, options, signals
from localenv.cli.commands import Called, ProgramEnded, program
from localenv.cli.looking import attach
from localenv.cli.places import run_in_place
from localenv.cli.programs import attached
from localenv.errors import UsageError


def command(
    ctx: typer.Context,
    env: options.Env = None,
    service: Annotated[
        str | None,
        Option(
            "--as", metavar="SERVICE", help="Add the variables of this service.", autocompletion=completing.services
        ),
    ] = None,
    in_place: Annotated[
        bool,
        Option("--in-place", help="With --as: take the place of the service until CMD ends; CMD listens on $PORT."),
    ] = False,
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Run a program here with the variables of an environment.

    LOCALENV_<NAME>_URL, _HOST and _PORT are set for everything with an address. With --in-place the container or
    process of the service is stopped, and everybody reaches CMD under the same name and URL; when CMD ends, the service
    is started again. Without CMD it is the service's own command.
    """
    argv = (cast(Called, ctx.obj).program or ()) if in_place else program(ctx)
    if in_place and service is None:
        raise UsageError("--in-place needs --as SERVICE", hint="localenv run --as api --in-place -- CMD")
    found = attach(options.request(options.chosen(env, option), name))
    if in_place and service:
        run_in_place(found, service, argv)
    with signals.passed_on():
        raise ProgramEnded(attached(found.here(argv, service)))
