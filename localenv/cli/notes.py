"""`localenv notes`."""

import json as json_
import sys

from localenv.cli import options
from localenv.cli.looking import attach


def command(
    env: options.Env = None,
    option: options.EnvOption = None,
    json: options.JsonOption = False,
    name: options.Name = None,
) -> None:
    """Show the notes of the description, with passwords.

    `localenv up` prints the same when everything is ready, with passwords masked.
    """
    notes = attach(options.request(options.chosen(env, option), name)).notes()
    if json:
        print(json_.dumps(notes))
    elif notes:
        print("\n\n".join(notes))
    else:
        print("the description has no notes", file=sys.stderr)
