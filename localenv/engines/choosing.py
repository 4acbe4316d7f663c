"""Which engine runs an environment: the one asked for, else the one that fits this machine."""

from dataclasses import dataclass
from importlib import import_module

from localenv.engines import ENGINES, Engine, engine
from localenv.errors import EngineError, UsageError

AUTO = "auto"
_PATIENCE = 1  # seconds a local Docker engine may take to answer


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An engine, and in one line why this one; empty where a person said so."""

    engine: Engine
    reason: str = ""


def choose(asked: str, running: str | None = None, at: str = "") -> Choice:
    """The engine asked for; for `auto` the one that runs the environment already, else Compose where Docker answers.

    Docker's client has to be there too, which starts what Compose runs. The one that runs it already is found `at`
    the endpoint it was started on.

    Raises UsageError for one that does not exist, or is not the one that runs it, and EngineError where it is missing.
    """
    if asked not in (AUTO, *ENGINES):
        raise UsageError(f"unknown engine '{asked}'", hint=f"available: {AUTO}, {', '.join(ENGINES)}")
    if running is not None and asked not in (AUTO, running):
        raise UsageError(f"this environment runs on engine {running}", hint="remove it first: localenv down")
    if running is not None or asked != AUTO:
        return Choice(engine=engine(running, at) if running else engine(asked))
    return _fitting()


def _fitting() -> Choice:
    module = import_module(ENGINES["compose"])
    try:
        compose = module.connect(patience=_PATIENCE)
        module.check_client()
    except EngineError as error:
        reason = error.message.partition("\n")[0]
        return Choice(engine=engine("native"), reason=f"running natively: {reason}")
    return Choice(engine=compose, reason="using Docker Compose (Docker engine found)")
