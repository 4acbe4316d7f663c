"""`localenv scenario`."""

from typing import Annotated

from typer import Argument, Option

from localenv import Environment
from localenv.cli import completing, documents, options, owner
from localenv.cli.looking import attach
from localenv.cli.override_list import missing, show, show_removed
from localenv.environment.overrides import changes, scenarios
from localenv.environment.overrides.entries import Override
from localenv.errors import UsageError

_HINT = "localenv scenario NAME, --list, or --clear"


def command(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV] [NAME]",
            help="The scenario to activate. [default: list them]",
            autocompletion=completing.scenarios,
        ),
    ] = None,
    *,
    listing: Annotated[bool, Option("--list", help="List the scenarios of the description.")] = False,
    clear: Annotated[bool, Option("--clear", help="Deactivate the active scenario.")] = False,
    seconds: options.LaidFor = None,
    output: options.Output,
    chosen: options.Chosen,
) -> None:
    """Activate a scenario of the description: its stubs, flags and failures together.

    localenv scenario declined

    It replaces the active one.
    """
    env, rest = options.apart(words or (), chosen.option)
    found = attach(options.request(env, chosen.name))
    if len(rest) > 1 or (rest and (listing or clear)):
        raise UsageError(f"unexpected argument '{rest[-1]}'", hint=_HINT)
    if clear:
        removed = scenarios.active(found)
        changes.remove(found, removed)
        show_removed(removed, output, none="no active scenario", document=Override.summary)
    elif rest:
        added = scenarios.activate(found, rest[0], owner=owner.of_command(), seconds=seconds)
        if added.replaced and not output.json:
            show_removed(added.replaced, output)
        show(added.overrides, output, "added", document=Override.summary)
    else:
        _list(found, output)


def _list(found: Environment, output: options.Output) -> None:
    active = {one.scenario for one in scenarios.active(found)}
    known = found.stack.scenarios
    if output.json:
        document = [{"name": name, "about": one.about, "active": name in active} for name, one in known.items()]
        documents.show(document)
        return
    for name, one in known.items():
        print(f"{name}{' (active)' if name in active else ''}{f': {one.about}' if one.about else ''}")
    if not known:
        missing("the description has no scenarios", output)
