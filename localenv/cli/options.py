"""The options that commands share, and the request they amount to."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from localenv import Request
from localenv.cli import completing, durations
from localenv.description import names
from localenv.environment.finding import find
from localenv.environment.locating import Target, locate
from localenv.errors import Position, UsageError
from localenv.state import Record
from localenv.state import is_identity as is_identity  # of what a person may say for ENV

Env = Annotated[
    str | None,
    Argument(
        metavar="ENV",
        help="A description in envs/, or the identity of an environment. [default: LOCALENV_ENV, else local]",
        autocompletion=completing.environments,
    ),
]
EnvOption = Annotated[
    str | None,
    Option(
        "--env",
        "-e",
        metavar="ENV",
        help="A description in envs/, or the identity of an environment. [default: LOCALENV_ENV, else local]",
        autocompletion=completing.environments,
    ),
]
Name = Annotated[
    str | None,
    Option(metavar="NAME", envvar="LOCALENV_NAME", show_envvar=True, help="Another environment beside the usual one."),
]
Engine = Annotated[
    str | None,
    Option(
        metavar="ENGINE",
        envvar="LOCALENV_ENGINE",
        show_envvar=True,
        help="What runs it: compose, native, or auto, the default.",
    ),
]
Profile = Annotated[
    list[str] | None, Option(metavar="PROFILE", help="Start the services of a profile too; repeatable.")
]
Timeout = Annotated[
    float | None,
    Option(
        metavar="DURATION",
        envvar="LOCALENV_TIMEOUT",
        show_envvar=True,
        parser=durations.timeout,
        help="How long everything together may take to become ready: 90, 90s, 5m. 2m unless said.",
    ),
]
Lease = Annotated[
    float | None,
    Option(
        "--for",
        metavar="DURATION",
        parser=durations.timeout,
        help="With --detach: how long it stays: 30m, 2h; `localenv extend` prolongs.",
    ),
]
Json = Annotated[bool, Option("--json", help="For programs.")]
Quiet = Annotated[bool, Option("--quiet", "-q", help="Say nothing but failures.")]


def request(
    env: str | None,
    name: str | None = None,
    *,
    engine: str | None = None,
    profiles: list[str] | None = None,
    timeout: float | None = None,
    keep_on_failure: bool = False,
) -> Request:
    """What the options ask for; `env` may be an identity, which says all by itself. Raises UsageError."""
    record = recorded(env)
    if record is not None:
        name, target = record.name, Target(file=Path(record.description), repository=Path(record.folder))
    else:
        target = locate(env)
    return Request(
        target=target,
        engine=engine,
        name=_checked(name),
        profiles=tuple(profiles or ()),
        timeout=timeout,
        keep_on_failure=keep_on_failure,
    )


def recorded(text: str | None) -> Record | None:
    """The environment whose identity this is; raises UsageError where nothing but its containers is left."""
    found = find(text) if text is not None else None
    if found is not None and not found.description:
        raise UsageError(f"nothing is known of {text} but that it exists", hint=f"localenv down {text} removes it")
    return found


def _checked(name: str | None) -> str | None:
    problem = names.problem(name, "an environment", Position(Path("--name"))) if name is not None else None
    if problem:
        raise UsageError(problem.message, hint=problem.hint)
    return name
