"""`localenv clear`."""

from typing import Annotated

from typer import Argument

from localenv.cli import completing, options
from localenv.cli.looking import attach
from localenv.cli.override_list import show


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
    """Remove what was laid on a running environment: all, or that on one upstream.

    Stubs, failures and whatever else `localenv status` shows as changed while it runs, a test's too. Requests and data
    stay, see `localenv reset`.
    """
    env, names = options.apart(words or (), chosen.option)
    show(attach(options.request(env, chosen.name)).clear(*names), output, "removed")
