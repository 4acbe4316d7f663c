"""`localenv help`."""

from typing import Annotated

from typer import Argument

from localenv.cli import commands, completing
from localenv.description import reference
from localenv.errors import UsageError

DESCRIPTION = "description"


def command(
    topic: Annotated[
        str | None,
        Argument(
            metavar="TOPIC",
            help="A command, or `description`: the reference of envs/ENV.yaml. [default: all commands]",
            autocompletion=completing.one_of(DESCRIPTION, *commands.COMMANDS),
        ),
    ] = None,
) -> None:
    """Show the help of a command; `help description` is the reference of envs/ENV.yaml."""
    if topic == DESCRIPTION:
        print(reference.text(), end="")
    elif topic is None or topic in commands.COMMANDS:
        commands.call([topic, "--help"] if topic else ["--help"], None)
    else:
        raise UsageError(f"no help about '{topic}'", hint=f"localenv help {DESCRIPTION}, or localenv --help")
