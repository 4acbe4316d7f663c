"""`localenv clear`."""

from typing import Annotated

from typer import Argument

from localenv.cli import completing, options
from localenv.cli.looking import attach
from localenv.cli.override_list import show_removed


def command(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV] [ID|NAME]...",
            help="Ids that `localenv status` shows, or upstreams and needs. [default: all]",
            autocompletion=completing.resettable,
        ),
    ] = None,
    *,
    output: options.Output,
    chosen: options.Chosen,
) -> None:
    """Remove the overrides of a running environment: all, or those of one upstream.

    Stubs, failures, real servers and flags, as `localenv status` shows them, also those of tests. Requests and data
    stay, see `localenv reset`.
    """
    env, names = options.apart(words or (), chosen.option)
    show_removed(attach(options.request(env, chosen.name)).clear(*names), output, none="no overrides")
