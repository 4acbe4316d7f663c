"""What services run from: built, or fetched where it is not on this machine."""

import time
from collections.abc import Sequence

from localenv import paths, redaction
from localenv.environment import build_errors
from localenv.environment.up.preparing import Prepared
from localenv.errors import BuildError, NotReadyError
from localenv.events import EventLog, Phase, Progress
from localenv.host import files
from localenv.plan import Action


def build(prepared: Prepared, events: EventLog, name: str) -> None:
    """Build what a service runs from."""
    try:
        with events.step(Phase.BUILD, name, prepared.plan.reason(Action.BUILD, name)):
            prepared.engine.build(prepared.deployment, [name], lambda line: events.output(name, line))
    except BuildError as error:
        raise _explained(prepared.deployment.identity, error) from error


def _explained(identity: str, error: BuildError) -> NotReadyError:
    """Its cause first, then what matters of the output; the whole of it is kept in a file."""
    found = build_errors.cause(error.output)
    message = f"{error.name}: build failed: {found.line} ({error.step})" if found.line and error.step else error.message
    file = paths.build_log(identity, error.name)
    hints = [f"whole output: {file}", error.hint]
    try:
        files.write(file, redaction.redacted("\n".join([*error.output, ""])))
    except OSError:  # a full disk, perhaps the very reason
        hints = hints[1:]
    return NotReadyError(message, log=found.shown, hint="; ".join(filter(None, hints)))


def fetch(prepared: Prepared, events: EventLog, names: Sequence[str]) -> Sequence[str]:
    """What is not on this machine yet, images or WireMock; its names, each of which is reported."""
    began: dict[str, float] = {}

    def fetches(what: str) -> None:
        began[what] = time.monotonic()
        events.emit(Phase.PULL, what, Progress.WORKING)

    prepared.engine.build(prepared.deployment, names, fetches)
    for what, since in began.items():
        events.emit(Phase.PULL, what, Progress.DONE, seconds=time.monotonic() - since)
    return list(began)
