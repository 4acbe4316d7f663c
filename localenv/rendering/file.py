"""The Compose file of an environment."""

from pathlib import Path

from localenv.rendering.templating import render
from localenv.rendering.views import view
from localenv.stack import Stack


def compose_file(stack: Stack, folder: Path) -> str:
    """Its text, paths relative to `folder`: as the repository's fragments made it when they were checked, else ours.

    No fragment is read again, which could make another file of it the second time.
    """
    return stack.rendered or render("compose.yaml.j2", view(stack, folder), None)
