"""The Compose file of an environment."""

from pathlib import Path

from localenv.rendering.templating import render
from localenv.rendering.views import view
from localenv.stack import Stack


def compose_file(stack: Stack, folder: Path) -> str:
    """The text with paths relative to `folder`: rendered by the repository's fragments when they were checked, else by
    ours.

    Does not read fragments again, because they could have changed since.
    """
    return stack.rendered or render("compose.yaml.j2", view(stack, folder), None)
