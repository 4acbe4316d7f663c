"""What `stop`, `start`, `restart`, `pause` and `unpause` have in common."""

from collections.abc import Sequence
from typing import Annotated

from typer import Argument, Option

from localenv.cli import completing, durations, options, signals
from localenv.cli.looking import attach
from localenv.environment import stopping
from localenv.errors import UsageError

_READY = 60.0  # seconds for each service

ServiceWords = Annotated[
    list[str],
    Argument(
        metavar="[ENV] SERVICE...",
        help="The environment, and services, needs or stub servers in it.",
        autocompletion=completing.runnable,
    ),
]
ReadyTimeout = Annotated[
    float | None,
    Option(
        metavar="DURATION", parser=durations.timeout, help="Time limit for each to become ready: 90, 90s. [default: 1m]"
    ),
]


def change(
    action: str, words: Sequence[str], option: str | None, name: str | None, *, quiet: bool, ready: float | None = None
) -> None:
    """Do it to every named service, and print a line for each."""
    env, services = options.apart(words, option, least=1)
    if not services:
        raise UsageError("missing SERVICE", hint=f"localenv {action} SERVICE")
    found = attach(options.request(env, name))

    def report(one: str, done: str) -> None:
        if not quiet:
            print(f"{one}: {done}", flush=True)

    with signals.passed_on():
        stopping.change(found, services, action, by=f"localenv {action}", ready=ready or _READY, report=report)
