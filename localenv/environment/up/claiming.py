"""Prepare a start while the guard of the environment starts."""

from concurrent.futures import Future, wait
from functools import partial

from localenv.engines import Engine, Observed
from localenv.environment import ownership, variables
from localenv.environment.down import guarding
from localenv.environment.request import Request
from localenv.environment.up.preparing import Prepared, check, engine, prepare
from localenv.events import EventLog, Phase, Progress
from localenv.host.background import in_background
from localenv.stack import Stack
from localenv.state import Owner, Record


def claimed(
    request: Request, planned: Stack, events: EventLog, owner: Owner, before: Record | None
) -> tuple[Prepared, variables.Variables, str]:
    """Choose the engine and prepare the start while the guard starts; on a failure the owner is that from before.

    The last value is why the engine was chosen. Nothing comes before the guard, which removes what a killed start left.
    """
    name = events.environment
    guarded = in_background(lambda: guarding.begin(name, owner))  # takes as long as observing
    try:
        choice = engine(request.engine, name, lambda text: events.emit(Phase.PLAN, "", Progress.WORKING, text))
        read = variables.read(request.target.repository, request.target.home)
        prepared = prepare(request, choice.engine, planned, read, partial(_await_guard, guarded, choice.engine))
        check(prepared)
    except guarding.Ending:
        raise
    except BaseException:
        wait([guarded])
        ownership.return_claim(name, before)
        raise
    return prepared, read, choice.reason


def _await_guard(guarded: Future[None], engine: Engine, observed: Observed) -> None:
    """Wait for the guard, which takes as long to start as the imports of a start."""
    if not observed.services:
        engine.import_start()
        from localenv.environment.up import starting  # noqa: F401
    guarded.result()
