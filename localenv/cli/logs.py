"""`localenv logs`."""

from typing import Annotated

import typer
from typer import Argument, Option

from localenv.cli import completing, durations, options
from localenv.console.stream import Stream, json_line
from localenv.environment.lifecycle import attach
from localenv.errors import Interrupted, UsageError


def command(
    services: Annotated[
        list[str] | None,
        Argument(metavar="[SERVICE]...", help="Services, needs or stub servers.", autocompletion=completing.running),
    ] = None,
    follow: Annotated[bool, Option("--follow", "-f", help="Go on until the environment ends.")] = False,
    since: Annotated[
        float | None, Option(metavar="10m", parser=durations.moment, help="Lines since a while, or since a time.")
    ] = None,
    tail: Annotated[int | None, Option(metavar="N", min=0, help="The last lines of each service.")] = None,
    json: options.Json = False,
    env: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Show what the services print, merged by time."""
    found = attach(options.request(env, name))
    known = list(found.stack.services)
    unknown = [one for one in services or () if one not in known]
    if unknown:
        raise UsageError(f"there is no service '{unknown[0]}'", hint=f"there is {', '.join(known)}")
    stream = Stream(names=services or known)
    try:
        for line in found.logs(services or (), since=since, tail=tail, follow=follow):
            if json:
                print(json_line(line), flush=True)
            else:
                stream.line(line)
    except KeyboardInterrupt:  # how --follow ends
        raise typer.Exit(Interrupted.exit_code) from None
