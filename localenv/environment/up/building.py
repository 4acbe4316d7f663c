"""What services run from: built, or fetched where it is not on this machine."""

import time
from collections.abc import Sequence

from localenv.environment.up.preparing import Prepared
from localenv.events import EventLog, Phase, Progress
from localenv.plan import Action


def build(prepared: Prepared, events: EventLog, name: str) -> None:
    """Build what a service runs from."""
    with events.step(Phase.BUILD, name, prepared.plan.reason(Action.BUILD, name)):
        prepared.engine.build(prepared.deployment, [name], lambda line: events.output(name, line))


def fetch(prepared: Prepared, events: EventLog, names: Sequence[str]) -> Sequence[str]:
    """What is not on this machine yet, images or WireMock; its names, each of which is told of."""
    began: dict[str, float] = {}

    def fetches(what: str) -> None:
        began[what] = time.monotonic()
        events.emit(Phase.PULL, what, Progress.WORKING)

    prepared.engine.build(prepared.deployment, names, fetches)
    for what, since in began.items():
        events.emit(Phase.PULL, what, Progress.DONE, seconds=time.monotonic() - since)
    return list(began)
