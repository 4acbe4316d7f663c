"""`localenv scenario`."""

import json as json_
from typing import Annotated

from typer import Argument, Option

from localenv import Environment
from localenv.cli import options, owner
from localenv.cli.looking import attach
from localenv.console import overrides
from localenv.environment import changes, scenarios
from localenv.errors import UsageError

_HINT = "localenv scenario NAME, --list, or --clear"


def command(
    words: Annotated[
        list[str] | None, Argument(metavar="[ENV] [NAME]", help="The scenario to lay. [default: list them]")
    ] = None,
    listing: Annotated[bool, Option("--list", help="List the scenarios of the description.")] = False,
    clear: Annotated[bool, Option("--clear", help="Take away what a scenario has laid.")] = False,
    seconds: options.LaidFor = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Lay a scenario of the description: its stubs, flags and failures together.

    localenv scenario declined

    It replaces the one that was laid before.
    """
    env, said = options.apart(words or (), option)
    found = attach(options.request(env, name))
    if len(said) > 1 or (said and (listing or clear)):
        raise UsageError(f"unexpected argument '{said[-1]}'", hint=_HINT)
    if clear:
        done = scenarios.active(found)
        changes.remove(found, done)
    elif said:
        done = scenarios.lay(found, said[0], owner=owner.of_command(), seconds=seconds)
    else:
        _list(found, json=json)
        return
    if json:
        print(json_.dumps([one.summary() for one in done], indent=2, ensure_ascii=False))
        return
    for one in () if quiet else done:
        print(overrides.line(one, "removed" if clear else "laid"))


def _list(found: Environment, *, json: bool) -> None:
    laid = {one.scenario for one in scenarios.active(found)}
    known = found.stack.scenarios
    if json:
        document = [{"name": name, "about": one.about, "active": name in laid} for name, one in known.items()]
        print(json_.dumps(document, indent=2, ensure_ascii=False))
        return
    for name, one in known.items():
        print(f"{name}{' (active)' if name in laid else ''}{f': {one.about}' if one.about else ''}")
