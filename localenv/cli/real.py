"""`localenv real`."""

from typing import Annotated

from typer import Argument

from localenv.cli import completing, documents, options, owner
from localenv.cli.looking import attach
from localenv.console import overrides
from localenv.environment import real
from localenv.errors import UsageError

_HINT = "localenv real UPSTREAM [URL]"


def command(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV] UPSTREAM [URL]",
            help="The upstream, and its real server. [default: the one in the description]",
            autocompletion=completing.upstreams,
        ),
    ] = None,
    seconds: options.LaidFor = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Let the real server of an upstream answer in the place of its stubs.

    localenv real inventory

    The address stays, and so do the journal and failures. `localenv stub inventory` lets the stubs answer again.
    """
    env, rest = options.apart(words or (), option)
    if not 1 <= len(rest) <= 2:
        raise UsageError(f"unexpected argument '{rest[2]}'" if rest else "missing UPSTREAM", hint=_HINT)
    found = attach(options.request(env, name))
    override = real.switch(found, rest[0], url=(rest[1:] or [""])[0], owner=owner.of_command(), seconds=seconds)
    if json:
        documents.show(override.summary())
    elif not quiet:
        print(overrides.line(override, "answers now"))
