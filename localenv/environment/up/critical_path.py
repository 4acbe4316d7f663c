"""The critical path of a start: what had to wait for what, from the end back to the beginning."""

from collections.abc import Mapping

from localenv.events import Phase

_SHORTEST = 0.05  # seconds of a step that is worth a word
_PREFIXES: Mapping[Phase, str] = {
    Phase.PULL: "pull ",
    Phase.BUILD: "build ",
    Phase.READY: "",
    Phase.STUBS: "stubs ",
    Phase.JOB: "",
    Phase.SMOKE: "",
}

Spans = Mapping[tuple[Phase, str], tuple[float, float]]  # when each thing began and ended, by one clock


def path(spans: Spans) -> str:
    """`build api 3.1 s → db.migrate 0.8 s → api 0.4 s`: of all that was over before a step, what was over last."""
    steps: list[str] = []
    since = float("inf")
    for (phase, subject), (began, ended) in sorted(spans.items(), key=lambda one: one[1][::-1], reverse=True):
        if ended > since or phase not in _PREFIXES or not subject:  # the environment as a whole has none
            continue
        since = began
        if ended - began >= _SHORTEST:
            steps.append(f"{_PREFIXES[phase]}{subject} {ended - began:.1f} s")
    return " → ".join(reversed(steps))
