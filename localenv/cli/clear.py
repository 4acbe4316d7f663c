"""`localenv clear`."""

import json as json_
from typing import Annotated

from typer import Argument

from localenv import redaction
from localenv.cli import completing, options
from localenv.cli.looking import attach
from localenv.console import overrides


def command(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV] [ID|NAME]...",
            help="Ids that `localenv status` shows, or upstreams and needs. [default: all]",
            autocompletion=completing.resettable,
        ),
    ] = None,
    option: options.EnvOption = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    name: options.Name = None,
) -> None:
    """Remove what was laid on a running environment: all, or that on one upstream.

    Stubs, failures and whatever else `localenv status` shows as changed while it runs, a test's too. Requests and data
    stay, see `localenv reset`.
    """
    env, names = options.apart(words or (), option)
    removed = attach(options.request(env, name)).clear(*names)
    if json:
        print(redaction.redacted(json_.dumps([one.document() for one in removed], indent=2, ensure_ascii=False)))
        return
    for one in () if quiet else removed:
        print(overrides.line(one, "removed"))
