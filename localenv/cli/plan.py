"""`localenv plan`."""

from localenv.cli import options
from localenv.environment import stack
from localenv.outline import outline


def command(env: options.Env = None, name: options.Name = None, profile: options.Profile = None) -> None:
    """Show what the description means, without touching anything."""
    print(outline(stack(options.request(env, name, profiles=profile))), end="")
