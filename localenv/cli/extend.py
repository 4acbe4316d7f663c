"""`localenv extend`."""

from typing import Annotated

import typer
from typer import Argument

from localenv.cli import durations, options
from localenv.environment import finding, leases, status
from localenv.errors import UsageError


def command(
    words: Annotated[
        list[str], Argument(metavar="[ENV] DURATION", help="The environment, and the additional time: 30m, 2h.")
    ],
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Extend the lease set with --for.

    localenv extend 30m

    An environment of `localenv up --detach --for 2h` is then removed half an hour later. Changes of the
    system clock have no effect; a restart of the machine ends the environment.
    """
    if len(words) > 2:
        raise UsageError(f"unexpected argument '{words[2]}'", hint="localenv extend [ENV] DURATION")
    env = options.chosen(words[0] if len(words) == 2 else None, option)
    seconds = durations.with_unit(words[-1])
    identity = finding.resolve(env, name)
    left = leases.extend(identity, seconds)
    typer.echo(f"{identity} will be removed in {status.duration(left)}")
