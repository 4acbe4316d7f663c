"""`localenv open`."""

import os
import sys
import webbrowser
from typing import Annotated

from typer import Argument, Option

from localenv.cli import completing, options
from localenv.cli.looking import attach
from localenv.console.failures import warning
from localenv.environment import deaths
from localenv.errors import UsageError


def command(
    words: Annotated[
        list[str],
        Argument(
            metavar="[ENV] SERVICE",
            help="The environment, and a service or upstream in it.",
            autocompletion=completing.reachable,
        ),
    ],
    only_print: Annotated[bool, Option("--print", help="Print the URL instead.")] = False,
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Open a service in the browser, or print its URL."""
    env, service = options.one(words, option, "SERVICE")
    found = attach(options.request(env, name))
    if service in found.stack.needs:
        raise UsageError(f"{service} has no web page", hint=f"localenv connect {service}")
    url = found.url(service)
    if not only_print and not url.startswith(("http://", "https://")):
        raise UsageError(f"{service} has no web page", hint=f"its address: {url}")
    if why := deaths.deaths(found.engine, found.deployment).get(service):
        print(warning(f"{service} {why}; see its last lines: localenv status", sys.stderr), file=sys.stderr)
    if only_print or not _has_display() or not webbrowser.open(url):
        print(url)


def _has_display() -> bool:
    wsl = "WSL_DISTRO_NAME" in os.environ
    return sys.platform == "darwin" or wsl or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
