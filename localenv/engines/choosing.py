"""Which engine runs an environment: the one asked for, else the one that fits this machine."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import cast

from localenv.engines import ENGINES, Engine, engine
from localenv.errors import EngineError, EngineSilentError, UsageError

AUTO = "auto"
_SOON = 3.0  # seconds after which it is said that Docker is waited for
_PATIENCE = 30.0  # seconds a Docker engine that is there may take to answer

Waiting = Callable[[str], object]  # told what is waited for


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An engine, and in one line why this one; empty where a person said so."""

    engine: Engine
    reason: str = ""


def choose(
    asked: str,
    running: str | None = None,
    at: str = "",
    *,
    waiting: Waiting = lambda _: None,
    patience: float = _PATIENCE,
) -> Choice:
    """The engine asked for; for `auto` the one that runs the environment already, else Compose where Docker answers.

    Docker's client has to be there too, which starts what Compose runs. The one that runs it already is found `at`
    the endpoint it was started on. A Docker that is there and slow is waited for, at most `patience` seconds: what runs
    natively is confined by nothing, so that a slow moment is no reason for it.

    Raises UsageError for one that does not exist, or is not the one that runs it, and EngineError where it is missing.
    """
    if asked not in (AUTO, *ENGINES):
        raise UsageError(f"unknown engine '{asked}'", hint=f"available: {AUTO}, {', '.join(ENGINES)}")
    if running is not None and asked not in (AUTO, running):
        raise UsageError(f"this environment runs on engine {running}", hint="remove it first: localenv down")
    if running is not None or asked != AUTO:
        return Choice(engine=engine(running, at) if running else engine(asked))
    return _fitting(waiting, patience)


def _fitting(waiting: Waiting, patience: float) -> Choice:
    module = import_module(ENGINES["compose"])
    try:
        compose = _connected(module, waiting, patience)
        module.check_client()
    except EngineSilentError as error:
        raise EngineSilentError(
            error.message, hint=f"{error.hint}; or run without containers: --engine native"
        ) from error
    except EngineError as error:
        reason = error.message.partition("\n")[0]
        return Choice(engine=engine("native"), reason=f"running natively: {reason}")
    return Choice(engine=compose, reason="using Docker Compose (Docker engine found)")


def _connected(module: ModuleType, waiting: Waiting, patience: float) -> Engine:
    try:
        return cast(Engine, module.connect(patience=min(_SOON, patience)))
    except EngineSilentError:
        if patience <= _SOON:
            raise
        waiting("waiting for Docker, which is there and does not answer yet")
        return cast(Engine, module.connect(patience=patience - _SOON))
