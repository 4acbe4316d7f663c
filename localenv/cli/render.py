"""`localenv render`."""

import sys
from pathlib import Path
from typing import Annotated

from typer import Argument

from localenv import paths
from localenv.cli import options
from localenv.console.failures import warning
from localenv.console.terminal import exact
from localenv.environment.up.preparing import identity, stack
from localenv.errors import UsageError, shown
from localenv.rendering import buildable
from localenv.rendering.file import compose_file


def command(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV] [DIR]",
            help="The environment, and a folder to write for plain `docker compose up`.",
        ),
    ] = None,
    option: options.EnvOption = None,
    name: options.Name = None,
    profile: options.ProfileOption = None,
) -> None:
    """Print the Compose file, or write a folder to run without localenv."""
    env, rest = options.apart(words or (), option)
    if len(rest) > 1:
        raise UsageError(f"unexpected argument '{rest[1]}'", hint="localenv render [ENV] [DIR]")
    folder = Path(rest[0]) if rest else None
    request = options.request(env, name, profiles=profile)
    if folder is not None:
        from localenv.environment import ejecting

        for left_out in ejecting.eject(request, folder):
            print(warning(f"left out: {left_out}", sys.stderr), file=sys.stderr)
        print(f"written to {shown(folder)}; start it with `docker compose up` in that folder")
        return
    planned = stack(request)
    buildable.check(planned.services.values())
    exact(sys.stdout).write(compose_file(planned, paths.project(planned.folder, identity(request, planned))))
