"""`localenv requests`."""

import json as json_
import sys
from typing import Annotated

import typer
from typer import Argument, Option

from localenv import redaction
from localenv.cli import completing, options
from localenv.cli.looking import attach
from localenv.console.calls import shown
from localenv.errors import Interrupted


def command(
    words: Annotated[
        list[str] | None,
        Argument(metavar="[ENV] [UPSTREAM]...", help="Upstreams. [default: all]", autocompletion=completing.upstreams),
    ] = None,
    follow: Annotated[
        bool, Option("--follow", "-f", help="Follow the requests until the environment is removed.")
    ] = False,
    since: options.Since = None,
    json: options.JsonOption = False,
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Show the requests to upstreams, with bodies and the stub that matched.

    Where no stub matched, shows how the nearest one differs. With --json, one object per line.
    """
    env, upstreams = options.apart(words or (), option)
    found = attach(options.request(env, name))
    is_any = follow or json
    try:
        for call in found.requests(upstreams, since=since, follow=follow):
            text = json_.dumps(call.document(), ensure_ascii=False) if json else shown(call, sys.stdout)
            print(redaction.redacted(text), flush=True)
            is_any = True
    except KeyboardInterrupt:  # how --follow ends
        raise typer.Exit(Interrupted.exit_code) from None
    if not is_any:
        print("no requests", file=sys.stderr)
