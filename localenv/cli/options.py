"""Options shared by commands, and the request built from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from localenv import Request
from localenv.cli import completing, durations
from localenv.description import names
from localenv.engines import choosing
from localenv.engines.choosing import AUTO
from localenv.environment.finding import find, named, surrounding, undescribed
from localenv.environment.locating import Target, descriptions, locate
from localenv.errors import LocalenvError, UsageError
from localenv.errors.problems import Position
from localenv.state import Record
from localenv.state import is_identity as is_identity  # ENV may be an identity

Env = Annotated[
    str | None,
    Argument(
        metavar="ENV",
        help="A description in envs/, or the identity of an environment. [default: $LOCALENV_ENV or local]",
        autocompletion=completing.environments,
    ),
]
Envs = Annotated[
    list[str] | None,
    Argument(
        metavar="[ENV]...",
        help="Descriptions in envs/, or identities of environments. [default: $LOCALENV_ENV or local]",
        autocompletion=completing.environments,
    ),
]
EnvOption = Annotated[
    str | None,
    Option(
        "--env",
        "-e",
        metavar="ENV",
        help="A description in envs/, or the identity of an environment. [default: $LOCALENV_ENV or local]",
        autocompletion=completing.environments,
    ),
]
Name = Annotated[
    str | None,
    Option(metavar="NAME", envvar="LOCALENV_NAME", show_envvar=True, help="Use a separate environment of this name."),
]
EngineOption = Annotated[
    str | None,
    Option(
        metavar="ENGINE",
        envvar="LOCALENV_ENGINE",
        show_envvar=True,
        help=f"One of {choosing.names()}. [default: {AUTO}]",
        autocompletion=completing.one_of(AUTO, *choosing.ENGINES),
    ),
]
ProfileOption = Annotated[
    list[str] | None,
    Option(
        metavar="PROFILE",
        help="Include the services of a profile; repeatable.",
        autocompletion=completing.profiles,
    ),
]
TimeoutOption = Annotated[
    float | None,
    Option(
        metavar="DURATION",
        envvar="LOCALENV_TIMEOUT",
        show_envvar=True,
        parser=durations.timeout,
        help="Time limit until everything is ready, without builds, downloads and jobs: 90, 90s, 5m. [default: 2m]",
    ),
]
LeaseOption = Annotated[
    float | None,
    Option(
        "--for",
        metavar="DURATION",
        parser=durations.timeout,
        help="With --detach: a lease, after which the environment is removed: 30m, 2h.",
    ),
]
LaidFor = Annotated[
    float | None,
    Option("--for", metavar="DURATION", parser=durations.timeout, help="End it after this time: 30s, 10m."),
]
Since = Annotated[
    float | None,
    Option(
        metavar="TIME",
        parser=durations.moment,
        help="Only since a duration ago, or a time: 10m, 2026-01-31T12:00:00.",
    ),
]
JsonOption = Annotated[bool, Option("--json", help="Print JSON.")]
Quiet = Annotated[bool, Option("--quiet", "-q", help="Print only errors.")]


@dataclass(frozen=True, kw_only=True)
class Output:
    """How a command prints its result."""

    json: JsonOption = False
    quiet: Quiet = False


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The environment, if it is not among the arguments, and its name."""

    option: EnvOption = None
    name: Name = None


def request(
    env: str | None,
    name: str | None = None,
    *,
    engine: str | None = None,
    profiles: list[str] | None = None,
    timeout: float | None = None,
    keep_on_failure: bool = False,
) -> Request:
    """Build the request from the options; `env` may be an identity. Raises UsageError."""
    record = recorded(surrounding() if env is None and name is None else env)
    if record is None:
        try:
            target = locate(env)
        except UsageError:
            record = named(env) if env is not None and name is None else None
            gone = undescribed(env, name) if record is None else None
            if gone is not None:
                target = _target(gone)
            elif record is None:
                raise
    if record is not None:
        name, target = record.name, _target(record)
    return Request(
        target=target,
        engine=engine,
        name=_checked(name),
        profiles=tuple(profiles or ()),
        timeout=timeout,
        keep_on_failure=keep_on_failure,
    )


def _target(record: Record) -> Target:
    return Target(file=Path(record.description), repository=Path(record.folder))


def chosen(env: str | None, option: str | None) -> str | None:
    """The environment, given as an argument or with --env; raises UsageError for both."""
    if env is not None and option is not None:
        raise UsageError(f"two environments: {env} and --env {option}", hint="name one")
    return env if option is None else option


def several(envs: Sequence[str] | None, option: str | None) -> list[str | None]:
    """The environments, given as arguments or with --env; without any, the default one."""
    found: list[str | None] = list(dict.fromkeys(envs or ()))
    return found if len(found) > 1 and option is None else [chosen(found[0] if found else None, option)]


def apart(words: Sequence[str], option: str | None, *, least: int = 0) -> tuple[str | None, list[str]]:
    """The environment (the first word or --env), and the remaining words, at least `least`.

    Raises UsageError for two environments.
    """
    is_env = len(words) > least and (is_identity(words[0]) or Path(words[0]).stem in _described())
    if is_env and (option is None or words[0] == option):
        return words[0], list(words[1:])
    return option, list(words)


def one(words: Sequence[str], option: str | None, what: str) -> tuple[str | None, str]:
    """The environment, and the one remaining word; raises UsageError for none or several."""
    env, rest = apart(words, option, least=1)
    if len(rest) != 1:
        hint = f"[ENV] {what}"
        raise UsageError(f"unexpected argument '{rest[1]}'" if rest else f"missing {what}", hint=f"expected {hint}")
    return env, rest[0]


def _described() -> set[str]:
    try:
        return {file.stem for file in descriptions()}
    except LocalenvError:  # outside of a repository; the next look-up reports it
        return set()


def recorded(text: str | None) -> Record | None:
    """The record with this identity; raises UsageError if only its containers are left."""
    found = find(text) if text is not None else None
    if found is not None and not found.description:
        raise UsageError(f"{text} has no record, only its containers exist", hint=f"remove them: localenv down {text}")
    return found


def _checked(name: str | None) -> str | None:
    problem = names.problem(name, "an environment", Position(Path("--name"))) if name is not None else None
    if problem:
        raise UsageError(problem.message, hint=problem.hint)
    return name
