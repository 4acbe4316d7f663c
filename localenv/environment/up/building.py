"""Build the images and folders of services, or pull what is missing on this machine."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from localenv import redaction
from localenv.environment.up.preparing import Prepared
from localenv.errors import BuildError, NotReadyError
from localenv.events import EventLog, Phase, Progress
from localenv.host import files
from localenv.paths import caches
from localenv.plan import Action

_MOST_KEPT = 32  # outputs of failed builds


def build(prepared: Prepared, events: EventLog, name: str) -> None:
    """Build a service."""
    step = events.step(Phase.BUILD, name, prepared.plan.reason(Action.BUILD, name))
    with explained(prepared.deployment.identity), step:
        prepared.engine.build(prepared.deployment, [name], lambda line: events.output(name, line))


@contextmanager
def explained(identity: str) -> Iterator[None]:
    """Raise NotReadyError with the cause of a build that fails in the block; natively a start may build too."""
    try:
        yield
    except BuildError as error:
        raise _explained(identity, error) from error


def _explained(identity: str, error: BuildError) -> NotReadyError:
    """The error with its cause first, then the relevant output; the full output is saved to a file."""
    from localenv.environment.logs import build_errors

    found = build_errors.cause(error.output)
    message = f"{error.name}: build failed: {found.line} ({error.step})" if found.line and error.step else error.message
    file = caches.build_log(identity, error.name)
    hints = [f"whole output: {file}", error.hint]
    try:
        files.write(file, redaction.redacted("\n".join([*error.output, ""])))
        _remove_old()
    except OSError:  # for example a full disk, which may have caused the failure
        hints = hints[1:]
    return NotReadyError(message, log=found.shown, hint="; ".join(filter(None, hints)))


def _remove_old() -> None:
    """Remove the oldest outputs of failed builds beyond the last ones: each environment and service has another."""
    found = [(one.stat().st_mtime, one) for one in caches.builds().glob("*.log")]
    for _, file in sorted(found, reverse=True)[_MOST_KEPT:]:
        file.unlink(missing_ok=True)


def pull(prepared: Prepared, events: EventLog, names: Sequence[str]) -> Sequence[str]:
    """Pull images or WireMock if they are missing; reports each and returns their names."""
    began: dict[str, float] = {}

    def pulls(what: str) -> None:
        began[what] = time.monotonic()
        events.emit(Phase.PULL, what, Progress.WORKING)

    prepared.engine.build(prepared.deployment, names, pulls)
    for what, since in began.items():
        events.emit(Phase.PULL, what, Progress.DONE, seconds=time.monotonic() - since)
    return list(began)
