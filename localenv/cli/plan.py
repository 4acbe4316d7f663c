"""`localenv plan`."""

from typing import Annotated

from typer import Option

from localenv.cli import options
from localenv.environment.due import due
from localenv.environment.up.preparing import identity, stack
from localenv.planner.outline import outline


def command(
    env: options.Env = None,
    option: options.EnvOption = None,
    secrets: Annotated[bool, Option("--secrets", help="Show secrets.")] = False,
    name: options.Name = None,
    profile: options.ProfileOption = None,
) -> None:
    """Show the resolved description; starts nothing."""
    request = options.request(options.chosen(env, option), name, profiles=profile)
    planned = stack(request)
    print(outline(planned, secrets=secrets, due=due(planned, identity(request, planned))), end="")
