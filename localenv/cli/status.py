"""`localenv status`."""

import json as json_
import re
import sys
from collections.abc import Iterator
from typing import Annotated, TextIO

import typer
from typer import Option

from localenv import Environment, Request
from localenv.cli import options, signals
from localenv.cli.looking import look
from localenv.console.deaths import death
from localenv.console.findings import finding
from localenv.console.summary import overview
from localenv.console.terminal import raw
from localenv.environment.status import Status
from localenv.environment.unmatched import unmatched
from localenv.errors import Interrupted, LocalenvError
from localenv.host.waiting import looks
from localenv.stack import Role
from localenv.stack.states import EnvironmentState
from localenv.stubs.journal import Unanswered

_PAUSE = 1.0  # seconds between two looks
_DURATION = re.compile(r"\d+ (s|min|h|d)\b")  # what changes all the time
_CLEAR = "\x1b[H\x1b[J"


def command(
    env: options.Env = None,
    option: options.EnvOption = None,
    json: options.JsonOption = False,
    secrets: Annotated[bool, Option("--secrets", help="Show passwords in URLs.")] = False,
    watch: Annotated[bool, Option("--watch", "-w", help="Show it again whenever it changes, until Ctrl-C.")] = False,
    name: options.Name = None,
    profile: options.ProfileOption = None,
) -> None:
    """Show services, needs and upstreams: state, URL, real or stub, unmatched requests.

    Exits with 0 even if the environment is stopped; see its state.
    """
    request = options.request(options.chosen(env, option), name, profiles=profile)
    if watch:
        _follow(request, secrets=secrets, json=json)
        return
    found = look(request)
    status = found.status(secrets=secrets)
    if json:
        print(json_.dumps(status.document(), indent=2))
    else:
        print(shown(found, status, sys.stdout))


def _follow(request: Request, *, secrets: bool, json: bool) -> None:
    """Show the status each time it changes: on a terminal in place of the last, else one below the other."""
    last = ""
    try:
        with signals.passed_on():
            for _ in looks(pause=_PAUSE):
                found = look(request)
                status = found.status(secrets=secrets)
                document = json_.dumps(status.document())
                if (now := _DURATION.sub("", document)) != last or (sys.stdout.isatty() and not json):
                    _show(document if json else shown(found, status, sys.stdout), is_first=not last, json=json)
                last = now
    except KeyboardInterrupt:  # how it ends
        raise typer.Exit(Interrupted.exit_code) from None


def _show(text: str, *, is_first: bool, json: bool) -> None:
    if sys.stdout.isatty() and not json:
        raw(sys.stdout).write(_CLEAR)
    elif not (json or is_first):
        print()
    print(text, flush=True)


def shown(found: Environment, status: Status, stream: TextIO) -> str:
    """The overview, what has ended, and unmatched requests."""
    parts = [overview(status, stream)]
    if status.state == EnvironmentState.FAILED:
        parts += [death(gone, stream) for gone in found.deaths()]
    if any(line.requests is not None for line in status.services):  # includes requests to none of these upstreams
        parts += [finding(one, found.stack, stream) for one in _unmatched(found)]
    return "\n\n".join(parts)


def _unmatched(found: Environment) -> Iterator[Unanswered]:
    for server in found.stack.of(Role.STUBS):
        try:
            yield from unmatched(found.deployment, server.name)
        except LocalenvError as error:
            print(f"{server.name}: {error.message}", file=sys.stderr)
