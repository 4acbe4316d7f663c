"""`localenv extend`."""

from typing import Annotated

import typer
from typer import Argument

from localenv.cli import durations, options
from localenv.environment import finding, leases, status
from localenv.errors import UsageError


def command(
    words: Annotated[list[str], Argument(metavar="[ENV] DURATION", help="Which environment, and by how long.")],
    name: options.Name = None,
) -> None:
    """Prolong the lease of an environment.

    `localenv extend 30m`: what `localenv up --detach --for 2h` started ends that much later than it would have. The
    clock has no say in it; a restart of the machine ends it.
    """
    if len(words) > 2:
        raise UsageError(f"'{words[2]}' is one word too many", hint="localenv extend [ENV] DURATION")
    env = words[0] if len(words) == 2 else None
    identity = finding.resolve(env, name)
    left = leases.extend(identity, durations.timeout(words[-1]))
    typer.echo(f"{identity} ends in {status.duration(left)}")
