"""`localenv wait`."""

from typing import Annotated

from typer import Argument

from localenv.cli import completing, options, signals
from localenv.environment import awaiting


def command(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="[ENV] [SERVICE]...",
            help="The environment, and what to wait for. [default: $LOCALENV_ENV or local; everything]",
            autocompletion=completing.runnable,
        ),
    ] = None,
    option: options.EnvOption = None,
    timeout: options.TimeoutOption = None,
    quiet: options.Quiet = False,
    name: options.Name = None,
) -> None:
    """Wait until an environment is ready.

    For scripts: `localenv up` in the background, or in another terminal, may start it later. Exits with 0 once every
    service, need and stub server answers, or those that are named; with 5 if that takes too long, if the start failed,
    or if one of them was stopped or has exited.
    """
    env, services = options.apart(words or (), option)
    with signals.passed_on():
        found = awaiting.wait(options.request(env, name), services, timeout=timeout)
    if not quiet:
        print(f"{found.identity} is ready")
