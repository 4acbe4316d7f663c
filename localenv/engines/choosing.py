"""Which engines there are, and which one runs an environment: the one asked for, else the first that can."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from localenv.engines import Engine, EngineModule
from localenv.errors import EngineError, EngineSilentError, UsageError

AUTO = "auto"
_SOON = 3.0  # seconds after which it is said that an engine is waited for
_PATIENCE = 30.0  # seconds an engine that is there may take to answer

Waiting = Callable[[str], object]  # told what is waited for


def _compose() -> EngineModule:
    from localenv.engines import compose

    return compose


def _native() -> EngineModule:
    from localenv.engines import native

    return native


# the first that can runs what may run anywhere; each is imported when it is asked for
ENGINES: Mapping[str, Callable[[], EngineModule]] = {"compose": _compose, "native": _native}
NAMES = ", ".join((AUTO, *ENGINES))  # what a person may ask for


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An engine, and in one line why this one; empty where a person said so."""

    engine: Engine
    reason: str = ""


def engine(name: str, at: str = "") -> Engine:
    """The engine of that name, the one `at` an endpoint where that is said.

    Raises UsageError for no such name, and EngineError where it does not answer.
    """
    if name not in ENGINES:
        raise UsageError(f"unknown engine '{name}'", hint=f"available: {NAMES}")
    return ENGINES[name]().connect(at=at)


def choose(
    asked: str,
    running: str | None = None,
    at: str = "",
    *,
    waiting: Waiting = lambda _: None,
    patience: float = _PATIENCE,
) -> Choice:
    """The engine asked for; for `auto` the one that runs the environment already, else the first that can.

    The one that runs it already is found `at` the endpoint it was started on. A Docker that is there and slow is waited
    for, at most `patience` seconds: what runs natively is confined by nothing, so a slow moment is no reason for it.

    Raises UsageError for one that does not exist, or is not the one that runs it, and EngineError where it is missing.
    """
    if asked not in (AUTO, *ENGINES):
        raise UsageError(f"unknown engine '{asked}'", hint=f"available: {NAMES}")
    if running is not None and asked not in (AUTO, running):
        raise UsageError(f"this environment runs on engine {running}", hint="remove it first: localenv down")
    if running is not None or asked != AUTO:
        return Choice(engine=engine(running, at) if running else engine(asked))
    return _first(waiting, patience)


def _first(waiting: Waiting, patience: float) -> Choice:
    """The first engine that answers and has all that it takes; why an earlier one does not is a part of the reason."""
    *earlier, last = ENGINES
    why = ""
    for module in (ENGINES[name]() for name in earlier):
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
    module = ENGINES[last]()
    return Choice(engine=module.connect(), reason=f"{module.REASON}{why}")


def _connected(module: EngineModule, waiting: Waiting, patience: float) -> Engine:
    try:
        return module.connect(min(_SOON, patience))
    except EngineSilentError:
        if patience <= _SOON:
            raise
        waiting(module.WAITING)
        return module.connect(patience - _SOON)
