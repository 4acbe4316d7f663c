"""The engines, and the choice for an environment: the requested one, else the first that is available.

A new engine is a package beside this module, and a line in ENGINES.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from localenv.engines import Engine, EngineModule, compose, native
from localenv.engines.examining import Checks
from localenv.errors import EngineError, EngineSilentError, UsageError

AUTO = "auto"
_SOON = 3.0  # seconds after which waiting for an engine is reported
_PATIENCE = 30.0  # seconds that a slow engine has to answer

EngineWaiting = Callable[[str], object]  # called with what is waited for


class EnginePackage(Protocol):
    """An engine that is imported when it is used."""

    def module(self) -> EngineModule:
        """The engine."""

    def checks(self) -> Checks:
        """What it needs of this machine, for `localenv doctor`."""


# in order of preference for an environment that can run anywhere
ENGINES: Mapping[str, EnginePackage] = {"compose": compose, "native": native}


def names() -> str:
    """The valid names, for a person."""
    return ", ".join((AUTO, *ENGINES))


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An engine, and the reason for it in one line; empty if the user chose it."""

    engine: Engine
    reason: str = ""


def engine(name: str, at: str = "") -> Engine:
    """Connect to the engine of that name, at an endpoint if one is given.

    Raises UsageError for an unknown name, and EngineError if it does not answer.
    """
    if name not in ENGINES:
        raise UsageError(f"unknown engine '{name}'", hint=f"available: {names()}")
    return ENGINES[name].module().connect(at=at)


def choose(
    asked: str,
    running: str | None = None,
    at: str = "",
    *,
    waiting: EngineWaiting = lambda _: None,
    patience: float = _PATIENCE,
) -> Choice:
    """Choose the requested engine; for `auto` the one that already runs the environment, else the first available.

    A running environment's engine is connected `at` the endpoint on which it was started. A slow Docker is waited for,
    at most `patience` seconds: native processes are not isolated, so a short delay must not lead to them.

    Raises UsageError for an unknown engine or one that does not run the environment, and EngineError if it is missing.
    """
    if asked not in (AUTO, *ENGINES):
        raise UsageError(f"unknown engine '{asked}'", hint=f"available: {names()}")
    if running is not None and asked not in (AUTO, running):
        raise UsageError(f"this environment runs on engine {running}", hint="remove it first: localenv down")
    if running is not None or asked != AUTO:
        return Choice(engine=engine(running, at) if running else engine(asked))
    return _first(waiting, patience)


def publisher(port: int) -> str:
    """The container that publishes a port of this machine, whichever engine started it; empty if there is none."""
    return next(filter(None, (one.module().publisher(port) for one in ENGINES.values())), "")


def _first(waiting: EngineWaiting, patience: float) -> Choice:
    """The first engine that answers and has its prerequisites; the reason includes why earlier ones were skipped."""
    *earlier, last = ENGINES
    why = ""
    for module in (ENGINES[name].module() for name in earlier):
        try:
            found = _connected(module, waiting, patience)
            module.check()
        except EngineSilentError as error:
            hint = f"{error.hint}; or run without containers: --engine {last}"
            raise EngineSilentError(error.message, hint=hint) from error
        except EngineError as error:
            why = why or f": {error.message.partition(chr(10))[0]}"
        else:
            return Choice(engine=found, reason=f"{module.REASON}{why}")
    module = ENGINES[last].module()
    return Choice(engine=module.connect(), reason=f"{module.REASON}{why}")


def _connected(module: EngineModule, waiting: EngineWaiting, patience: float) -> Engine:
    try:
        return module.connect(min(_SOON, patience))
    except EngineSilentError:
        if patience <= _SOON:
            raise
        waiting(module.WAITING)
        return module.connect(patience - _SOON)
