"""`localenv plan`."""

from typing import Annotated

from typer import Option

from localenv.cli import options
from localenv.environment.up.preparing import stack
from localenv.planner.outline import outline


def command(
    env: options.Env = None,
    secrets: Annotated[bool, Option("--secrets", help="Show what is secret in the description too.")] = False,
    name: options.Name = None,
    profile: options.Profile = None,
) -> None:
    """Show what the description means, without touching anything."""
    print(outline(stack(options.request(env, name, profiles=profile)), secrets=secrets), end="")
