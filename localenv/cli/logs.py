"""`localenv logs`."""

from typing import Annotated

import typer
from typer import Argument, Option

from localenv.cli import completing, durations, options
from localenv.cli.looking import attach
from localenv.console.stream import Stream, json_line
from localenv.errors import Interrupted, UsageError


def command(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV] [SERVICE]...",
            help="Services, needs, upstreams (their requests) or stub servers. [default: all]",
            autocompletion=completing.running,
        ),
    ] = None,
    follow: Annotated[
        bool, Option("--follow", "-f", help="Follow the output until the environment is removed.")
    ] = False,
    since: options.Since = None,
    tail: Annotated[
        int | None,
        Option("--tail", "-n", metavar="N", parser=durations.count, help="The last N lines of each service."),
    ] = None,
    timestamps: Annotated[bool, Option("--timestamps", "-t", help="Show the time of each line.")] = False,
    grep: Annotated[str | None, Option(metavar="PATTERN", help="Only lines that match a regular expression.")] = None,
    json: options.JsonOption = False,
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Show the output of services, merged by time."""
    env, services = options.apart(words or (), option)
    found = attach(options.request(env, name))
    known = [*found.stack.services, *found.stack.upstreams]
    unknown = [one for one in services if one not in known]
    if unknown:
        raise UsageError(f"unknown service '{unknown[0]}'", hint=f"available: {', '.join(known)}")
    stream = Stream(names=services or known, timestamps=timestamps)
    try:
        for line in found.logs(services, since=since, tail=tail, follow=follow, grep=grep or ""):
            if json:
                print(json_line(line), flush=True)
            else:
                stream.line(line)
    except KeyboardInterrupt:  # how --follow ends
        raise typer.Exit(Interrupted.exit_code) from None
