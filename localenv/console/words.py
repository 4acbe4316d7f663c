"""Describe an event in words."""

import re
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

_LOADED = re.compile(r".+\.(sql|csv|json|ndjson|jsonl)(\.gz)?", re.IGNORECASE)
_NUMBER = re.compile(r"\.[0-9]+\Z")  # the index of a seed
_SENTENCES = (Phase.JOB, Phase.SMOKE)  # `db.migrate failed`, `smoke check failed`


def subject(event: Event) -> str:
    """The service, job, upstream or environment of the event; a seed is shown by its file name."""
    if event.phase is Phase.JOB and (file := _file(event)):
        return f"{_NUMBER.sub('', event.subject)} {file}"
    return event.subject or event.environment


def reason(event: Event) -> str:
    """The event's detail, without the file name that `subject` shows."""
    file = _file(event) if event.phase is Phase.JOB else ""
    return event.detail.removeprefix(file).removeprefix(";").strip() if file else event.detail


def _file(event: Event) -> str:
    """The file that a job loads; empty for a command."""
    title = event.detail.partition(";")[0]
    return title if title and "/" not in title and _LOADED.fullmatch(title) else ""


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
    why = reason(event)
    detail = f" ({why})" if why else ""
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
