"""`localenv reset`."""

import json as json_
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from typer import Argument

from localenv.cli import completing, options
from localenv.environment import lifecycle
from localenv.environment.locating import descriptions
from localenv.environment.up import seeded
from localenv.errors import LocalenvError


def command(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV] [NEED]...",
            help="Which environment, and needs of it. [default: LOCALENV_ENV, else local, and all that can be]",
            autocompletion=completing.environments_and_needs,
        ),
    ] = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    name: options.Name = None,
) -> None:
    """Bring back the data as it was seeded; everything goes on running.

    Rows, sequences and keys are what they were when the environment was ready; connections stay. A first word that
    names a description, or an environment, is one; all others are needs. What cannot be brought back is named; exits
    with 1 where it should have been.
    """
    env, needs = _split(words or ())
    found = lifecycle.attach(options.request(env, name))
    done = seeded.reset(found, needs)
    if json:
        told = {"environment": found.identity, "changed": done.changed, "not_reset": done.not_reset}
        print(json_.dumps(told))
    elif not quiet:
        for need, what in done.changed.items():
            print(f"{need}: brought back {', '.join(what)}" if what else f"{need}: nothing had changed")
        for need, why in done.not_reset.items():
            print(f"{need}: not brought back: {why}")
    if done.failure:
        raise done.failure


def _split(words: Sequence[str]) -> tuple[str | None, Sequence[str]]:
    """The environment, and the needs."""
    if words and (options.is_identity(words[0]) or Path(words[0]).stem in _described()):
        return words[0], words[1:]
    return None, words


def _described() -> set[str]:
    try:
        return {file.stem for file in descriptions()}
    except LocalenvError:  # outside of any repository: whoever looks for the environment says so
        return set()
