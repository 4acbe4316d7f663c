"""`localenv plan`."""

from typing import Annotated

from typer import Option

from localenv.cli import options
from localenv.environment.up.preparing import stack
from localenv.planner.outline import outline


def command(
    env: options.Env = None,
    option: options.EnvOption = None,
    secrets: Annotated[bool, Option("--secrets", help="Show secrets.")] = False,
    name: options.Name = None,
    profile: options.Profile = None,
) -> None:
    """Show the resolved description; starts nothing."""
    print(outline(stack(options.request(options.chosen(env, option), name, profiles=profile)), secrets=secrets), end="")
