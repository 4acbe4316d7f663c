"""`localenv reset`."""

import json as json_
from typing import Annotated

from typer import Argument

from localenv.cli import completing, options
from localenv.cli.looking import attach


def command(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV] [NAME]...",
            help="The environment, and some of its needs and upstreams. [default: $LOCALENV_ENV or local; all]",
            autocompletion=completing.resettable,
        ),
    ] = None,
    option: options.EnvOption = None,
    json: options.JsonOption = False,
    quiet: options.Quiet = False,
    name: options.Name = None,
) -> None:
    """Reset needs to the seeded data, and upstreams to their stubs, without a restart.

    Restores rows, sequences and keys as they were when the environment became ready; connections stay open. Removes
    added stubs and recorded requests, and resets scenarios. The first argument may be a description or an environment;
    all others are needs and upstreams. Lists what cannot be reset; exits with 1 if a reset fails, and with 5 if a need
    does not answer within 10 s.
    """
    env, names = options.apart(words or (), option)
    found = attach(options.request(env, name))
    done = found.reset(*names)
    if json:
        document = {"environment": found.identity, "changed": done.changed, "not_reset": done.not_reset}
        print(json_.dumps(document))
    elif not quiet:
        for one, what in done.changed.items():
            to = " to the seeded data" if one in found.stack.needs else ""
            print(f"{one}: reset{to} ({', '.join(what)})" if what else f"{one}: unchanged")
        for one, why in done.not_reset.items():
            print(f"{one}: not reset: {why}")
    if done.failure:
        raise done.failure
