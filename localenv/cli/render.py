"""`localenv render`."""

from importlib import import_module
from pathlib import Path
from typing import Annotated

from typer import Argument

from localenv import paths
from localenv.cli import options
from localenv.environment import stack
from localenv.environment.up.preparing import identity
from localenv.errors import shown
from localenv.rendering import view
from localenv.rendering.templating import render


def command(
    folder: Annotated[
        Path | None, Argument(metavar="DIR", help="Write a folder that runs with plain `docker compose up`.")
    ] = None,
    env: options.EnvOption = None,
    name: options.Name = None,
    profile: options.Profile = None,
) -> None:
    """Print the Compose file, or write a folder to run without localenv."""
    request = options.request(env, name, profiles=profile)
    if folder is not None:
        import_module("localenv.environment.ejecting").eject(request, folder)
        print(f"written to {shown(folder)}; start it there with `docker compose up`")
        return
    planned = stack(request)
    place = paths.rendered(planned.folder, identity(request, planned))
    print(render("compose.yaml.j2", view(planned, place), planned.folder), end="")
