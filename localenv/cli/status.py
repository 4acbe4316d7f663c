"""`localenv status`."""

import json as json_
import sys
from collections.abc import Iterator
from typing import Annotated

from typer import Option

from localenv import Environment
from localenv.cli import options
from localenv.cli.looking import look
from localenv.console.deaths import death
from localenv.console.findings import finding
from localenv.console.summary import overview
from localenv.environment.unmatched import unmatched
from localenv.errors import LocalenvError
from localenv.stack import Role
from localenv.stack.states import EnvironmentState
from localenv.stubs.journal import Unanswered


def command(
    env: options.Env = None,
    option: options.EnvOption = None,
    json: options.Json = False,
    secrets: Annotated[bool, Option("--secrets", help="Show passwords in URLs.")] = False,
    name: options.Name = None,
    profile: options.Profile = None,
) -> None:
    """Show services, needs and upstreams: state, URL, real or stub, unmatched requests.

    Exits with 0 even if the environment is stopped; see its state.
    """
    found = look(options.request(options.chosen(env, option), name, profiles=profile))
    status = found.status(secrets=secrets)
    if json:
        print(json_.dumps(status.document(), indent=2))
        return
    print(overview(status, sys.stdout))
    if status.state == EnvironmentState.FAILED:
        for gone in found.deaths():
            print(f"\n{death(gone, sys.stdout)}")
    if any(line.requests is not None for line in status.services):  # includes requests to none of these upstreams
        for one in _unmatched(found):
            print(f"\n{finding(one, found.stack, sys.stdout)}")


def _unmatched(found: Environment) -> Iterator[Unanswered]:
    for server in found.stack.of(Role.STUBS):
        try:
            yield from unmatched(found.deployment, server.name, {})
        except LocalenvError as error:
            print(f"{server.name}: {error.message}", file=sys.stderr)
