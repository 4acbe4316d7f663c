"""`localenv reset`."""

import json as json_
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from typer import Argument

from localenv.cli import completing, options
from localenv.cli.looking import attach
from localenv.environment.locating import descriptions
from localenv.environment.up import seed_snapshots
from localenv.errors import LocalenvError


def command(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV] [NEED]...",
            help="The environment, and some of its needs. [default: $LOCALENV_ENV or local; all needs]",
            autocompletion=completing.environments_and_needs,
        ),
    ] = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    name: options.Name = None,
) -> None:
    """Reset needs to the seeded data, without a restart.

    Restores rows, sequences and keys as they were when the environment became ready; connections stay open. The first
    argument may be a description or an environment; all others are needs. Needs that cannot be reset are listed; the
    exit code is 1 if a reset fails.
    """
    env, needs = _split(words or ())
    found = attach(options.request(env, name))
    done = seed_snapshots.reset(found, needs)
    if json:
        told = {"environment": found.identity, "changed": done.changed, "not_reset": done.not_reset}
        print(json_.dumps(told))
    elif not quiet:
        for need, what in done.changed.items():
            print(f"{need}: reset to the seeded data ({', '.join(what)})" if what else f"{need}: unchanged")
        for need, why in done.not_reset.items():
            print(f"{need}: not reset: {why}")
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
    except LocalenvError:  # outside of a repository; the next look-up reports it
        return set()
