"""`localenv debug`."""

from typing import Annotated, cast

import typer
from typer import Argument, Option

from localenv.cli import completing, options
from localenv.cli.commands import Called
from localenv.cli.looking import attach
from localenv.cli.places import debug_in_place, run_in_place


def command(
    ctx: typer.Context,
    words: Annotated[
        list[str],
        Argument(
            metavar="[ENV] SERVICE",
            help="The environment, and a service in it.",
            autocompletion=completing.services,
        ),
    ],
    wait: Annotated[bool, Option("--wait", help="Begin when a debugger has attached.")] = False,
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Run a service here under its debugger, in place of its container or process.

    localenv debug api

    The service's own command listens for a debugger on 127.0.0.1: debugpy, `node --inspect` or delve, as installed.
    With CMD that runs instead, as with `localenv run --as SERVICE --in-place`. When it ends, the service is started
    again.
    """
    env, service = options.one(words, option, "SERVICE")
    found = attach(options.request(env, name))
    if argv := cast(Called, ctx.obj).program:
        run_in_place(found, service, argv)
    debug_in_place(found, service, waits=wait)
