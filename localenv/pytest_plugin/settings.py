"""The settings of a test session's environment: from arguments, command line, variables, ini file, or defaults."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

_TRUE = frozenset({"1", "true", "yes", "on"})
_OF_TESTS = (
    "engine",
    "env",
    "isolation",
    "reset",
    "unmatched",
    "contract",
)  # settings per test; the others are per session


@dataclass(frozen=True, kw_only=True)
class SessionSettings:
    """Every setting of the plugin."""

    env: str = ""  # the description; empty: LOCALENV_ENV, else local
    engine: str = ""  # empty: the user's own setting, else auto
    isolation: str = "worker"
    unmatched: str = ""  # empty: as in the description of each upstream
    contract: str = "fail"
    keep: str = "never"
    attach: str = ""  # the identity of a running environment
    reuse: bool = False
    artifacts: str = ""  # a folder
    flag_coverage: bool = False
    reset: bool = True  # restore the seeded data after each test


@dataclass(frozen=True, kw_only=True)
class Option:
    """A command-line option for a setting; `choices` are the valid values, if limited."""

    name: str
    help: str
    choices: tuple[str, ...] = ()
    metavar: str = ""
    is_of_description: bool = False  # affects what of it runs, and how

    @property
    def flag(self) -> str:
        """`--localenv-env`."""
        return f"--localenv-{self.name.replace('_', '-')}"

    @property
    def key(self) -> str:
        """Its name in the ini file and among the parsed options."""
        return f"localenv_{self.name}"

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return f"LOCALENV_{self.name.upper()}"


OPTIONS = (
    Option(
        name="env",
        metavar="ENV",
        help="the description to run, envs/ENV.yaml (default: local)",
        is_of_description=True,
    ),
    Option(
        name="engine",
        metavar="NAME",
        help="as --engine of localenv up (default: auto)",
        is_of_description=True,
    ),
    Option(
        name="isolation",
        choices=("worker", "shared", "environment"),
        help="what each pytest-xdist worker has: worker (own services, stubs and data), shared (nothing, requests"
        " separated by traceparent) or environment (its own environment) (default: worker)",
    ),
    Option(
        name="unmatched",
        choices=("fail", "warn", "ignore"),
        help="what an unmatched request means for the test (default: from the description, or fail)",
    ),
    Option(
        name="contract",
        choices=("fail", "warn", "ignore"),
        help="what a request or response that an upstream's contract does not allow means for the test (default: fail)",
    ),
    Option(
        name="keep",
        choices=("failed", "always", "never"),
        help="keep the environment: failed (if a test failed), always or never (default: never)",
    ),
    Option(name="attach", metavar="ID", help="use this running environment and keep it"),
    Option(name="reuse", help="use the environment of `localenv up`, and keep it"),
    Option(name="flag_coverage", help="name the feature flags that no test has evaluated in one of their states"),
    Option(
        name="artifacts",
        metavar="DIR",
        help="write logs, events, rendered files and the traffic of each test to this folder",
    ),
)


class Config(Protocol):
    """The part of pytest's configuration that is used."""

    def getoption(self, name: str, default: Any = ...) -> Any:
        """The value of an option, or `default`."""

    def getini(self, name: str) -> Any:
        """The value in the ini file."""


class PytestMark(Protocol):
    """The arguments of a marker."""

    @property
    def args(self) -> tuple[Any, ...]:
        """Positional arguments."""

    @property
    def kwargs(self) -> Mapping[str, Any]:
        """Keyword arguments."""


def marked(marks: Iterable[PytestMark]) -> dict[str, Any]:
    """The merged arguments of markers, the closest first: of a test, its class, its module. Raises ValueError."""
    marked: dict[str, Any] = {}
    for mark in marks:
        if mark.args:
            raise ValueError(f"@pytest.mark.localenv takes settings by name, such as env={mark.args[0]!r}")
        if unknown := sorted(set(mark.kwargs) - set(_OF_TESTS)):
            raise ValueError(f"@pytest.mark.localenv has no '{unknown[0]}'; available: {', '.join(_OF_TESTS)}")
        marked = {**mark.kwargs, **marked}
    return marked


def resolve(config: Config, *arguments: Mapping[str, Any]) -> SessionSettings:
    """The settings of a session or a test; `arguments` have precedence, the first the highest.

    Raises ValueError for an unknown name or an invalid value.
    """
    marked: dict[str, Any] = {}
    for given in reversed(arguments):
        marked |= given
    known = {member.name for member in fields(SessionSettings)}
    if unknown := sorted(set(marked) - known):
        raise ValueError(f"localenv has no setting '{unknown[0]}'; available: {', '.join(sorted(known))}")
    found = {option.name: _read(config, option) for option in OPTIONS} | marked
    if not found["attach"] and not found["reuse"]:
        found["attach"] = _surrounding(marked.get("env") or config.getoption("localenv_env", None))
    return _checked(SessionSettings(**{name: value for name, value in found.items() if value is not None}))


def _surrounding(env: str | None) -> str | None:
    """The environment in which pytest runs, as a CMD of `localenv up`, unless another one is named."""
    from localenv.environment import finding

    return finding.surrounding() if env in (None, "", os.environ.get("LOCALENV_ENV")) else None


def _read(config: Config, option: Option) -> Any:
    written = config.getoption(option.key, None)
    if written is None:
        written = os.environ.get(option.variable) or config.getini(option.key) or None
    is_switch = not option.choices and not option.metavar
    return written.lower() in _TRUE if is_switch and isinstance(written, str) else written


def is_on(config: Config, name: str) -> bool:
    """Whether a switch is set."""
    return bool(_read(config, next(option for option in OPTIONS if option.name == name)))


def _checked(settings: SessionSettings) -> SessionSettings:
    for option in OPTIONS:
        value = getattr(settings, option.name)
        if option.choices and value and value not in option.choices:
            raise ValueError(f"localenv: {option.name} is one of {', '.join(option.choices)}, not '{value}'")
    return settings
