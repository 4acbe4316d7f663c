"""An event in words."""

from collections.abc import Mapping

from localenv.events import Event, Phase, State

_WORDS: Mapping[Phase, tuple[str, str]] = {  # while it is done, and once it is
    Phase.PLAN: ("planning", "planned"),
    Phase.PULL: ("fetching", "fetched"),
    Phase.BUILD: ("building", "built"),
    Phase.START: ("starting", "started"),
    Phase.READY: ("waiting", "ready"),
    Phase.STUBS: ("loading stubs", "stubs loaded"),
    Phase.JOB: ("running", "done"),
    Phase.SMOKE: ("checking", "passed"),
    Phase.REMOVE: ("removing", "removed"),
    Phase.LOG: ("", ""),
}


def subject(event: Event) -> str:
    """Whose event it is."""
    return event.subject or event.environment


def doing(event: Event) -> str:
    """What happens to the subject, in a word or two."""
    doing, done = _WORDS[event.phase]
    match event.state:
        case State.DONE:
            return done
        case State.FAILED:
            return f"failed {doing}"
        case State.UNCHANGED:
            return "unchanged"
        case _:
            return doing


def sentence(event: Event) -> str:
    """The event as one line: who, what, how long, why."""
    if event.state is State.UNCHANGED:
        return f"{subject(event)}: {event.detail or doing(event)}"
    took = f" in {seconds(event.seconds)}" if event.seconds is not None else ""
    detail = f" ({event.detail})" if event.detail else ""
    return f"{subject(event)}: {doing(event)}{took}{detail}"


def seconds(duration: float) -> str:
    """`40 ms`, `0.4 s`, `12 s`, `2 min 5 s`."""
    if duration < 0.095:
        return f"{duration * 1000:.0f} ms"
    if duration < 10:
        return f"{duration:.1f} s"
    if duration < 100:
        return f"{duration:.0f} s"
    return f"{int(duration) // 60} min {int(duration) % 60} s"
