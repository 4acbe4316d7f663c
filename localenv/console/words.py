"""An event in words."""

from collections.abc import Mapping

from localenv.events import Event, Phase, Progress

_WORDS: Mapping[Phase, tuple[str, str, str]] = {  # in progress, done, failed
    Phase.PLAN: ("planning", "planned", "planning failed"),
    Phase.PULL: ("pulling", "pulled", "pull failed"),
    Phase.BUILD: ("building", "built", "build failed"),
    Phase.START: ("starting", "started", "start failed"),
    Phase.READY: ("waiting", "ready", "not ready"),
    Phase.STUBS: ("loading stubs", "stubs loaded", "loading stubs failed"),
    Phase.JOB: ("running", "done", "failed"),
    Phase.SMOKE: ("checking", "passed", "check failed"),
    Phase.REMOVE: ("removing", "removed", "removal failed"),
    Phase.LOG: ("", "", ""),
}

_SENTENCES = (Phase.JOB, Phase.SMOKE)  # `db.migrate failed`, `smoke check failed`


def subject(event: Event) -> str:
    """The service, job, upstream or environment of the event."""
    return event.subject or event.environment


def doing(event: Event) -> str:
    """The progress of the subject in a word or two."""
    doing, done, failed = _WORDS[event.phase]
    match event.state:
        case Progress.DONE:
            return done
        case Progress.FAILED:
            return failed
        case Progress.UNCHANGED:
            return "unchanged"
        case _:
            return doing


def sentence(event: Event) -> str:
    """The event as one line: subject, progress, duration, reason."""
    if event.state is Progress.UNCHANGED or (event.phase, event.state) == (Phase.PLAN, Progress.DONE):
        return f"{subject(event)}: {event.detail or doing(event)}"
    took = f" in {seconds(event.seconds)}" if event.seconds is not None else ""
    detail = f" ({event.detail})" if event.detail else ""
    colon = "" if event.state is Progress.FAILED and event.phase in _SENTENCES else ":"
    return f"{subject(event)}{colon} {doing(event)}{took}{detail}"


def seconds(duration: float) -> str:
    """`40 ms`, `0.4 s`, `12 s`, `2 min 5 s`."""
    if duration < 0.095:
        return f"{duration * 1000:.0f} ms"
    if duration < 10:
        return f"{duration:.1f} s"
    if duration < 100:
        return f"{duration:.0f} s"
    return f"{int(duration) // 60} min {int(duration) % 60} s"
