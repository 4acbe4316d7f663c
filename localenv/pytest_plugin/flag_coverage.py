"""Feature flags that no test has evaluated in one of their states."""

from collections.abc import Iterator

from localenv import Environment
from localenv.environment.overrides import flags


def lines(found: Environment) -> Iterator[str]:
    """One line for each flag with a state that was never evaluated, by any worker."""
    if not found.stack.flags:
        return
    upstreams = [one.name for one in found.stack.upstreams.values() if one.responder == flags.UPSTREAM]
    counts = flags.evaluations(call for name in upstreams for call in found.requests([name]))
    for name, about in flags.described(found).items():
        missing = [variant for variant in about["variants"] if not counts.get(name, {}).get(variant)]
        if missing:
            states = "never evaluated" if len(missing) == len(about["variants"]) else f"never {', '.join(missing)}"
            yield f"flag {name}: {states}"
