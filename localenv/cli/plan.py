"""`localenv plan`."""

import sys
from typing import Annotated

from typer import Option

from localenv.cli import options
from localenv.console.folding import folded
from localenv.environment.due import due, writers
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
    own = identity(request, planned)
    lines = outline(planned, secrets=secrets, due=due(planned, own), writers=writers(own)).splitlines()
    print("\n".join(map(_folded, lines)))


def _folded(line: str) -> str:
    begins = len(line) - len(line.lstrip())
    return line[:begins] + folded(line[begins:], sys.stdout, indent=begins + 2, begins=begins)
