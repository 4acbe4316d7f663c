"""Services that `up` leaves out: they are awaited on this machine."""

from localenv.environment.here import forwarding, places
from localenv.environment.up.preparing import Prepared
from localenv.environment.up.recording import Recorder
from localenv.events import EventLog, Phase, Progress
from localenv.state import Record


def open_up(prepared: Prepared, events: EventLog, recorder: Recorder) -> None:
    """Lead everybody who asks a service that the request leaves out to this machine, once there is a network."""
    for name in [name for name in prepared.request.without if name not in recorder.record.here]:
        here = forwarding.without(prepared.engine, prepared.deployment, name, recorder.record)
        recorder.update(here={**recorder.record.here, name: here})
        events.emit(Phase.START, name, Progress.WAITING, places.advice(name))


def silent(prepared: Prepared, record: Record) -> list[str]:
    """Services that run on this machine and do not answer yet."""
    services = prepared.stack.services
    return [name for name, here in record.here.items() if places.answers(here, services[name]) is False]
