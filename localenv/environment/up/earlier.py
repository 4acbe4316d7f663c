"""Check what was ready before a start: its program may be paused since, and then it runs and does not answer."""

import time
from collections.abc import Iterable

from localenv import paths
from localenv.environment.up import probes
from localenv.environment.up.preparing import Prepared
from localenv.host import waiting
from localenv.host.background import side_by_side
from localenv.plan import finishing
from localenv.stack import ProbeKind, Service

_PATIENCE = 12.0  # seconds
_ASKED = (ProbeKind.HTTP, ProbeKind.NEED, ProbeKind.STUBS)  # by a probe that costs them little


def confirm(prepared: Prepared, names: Iterable[str]) -> None:
    """Wait for those of these services that do not answer at all; raises NotReadyError if one does not within 12 s.

    Any answer counts, because it was judged before. Nothing is asked while something fails on demand: others may wait
    for that.
    """
    stack = prepared.stack
    asked = [stack.services[name] for name in names if name not in finishing(stack)]
    silent = _silent(prepared, [one for one in asked if one.probe.kind in _ASKED])
    if not silent or _fails_on_demand(prepared.deployment.identity):
        return
    from localenv.environment.up import probing  # an `up` with nothing to do does not need its imports

    waiting.announce(f"waiting for an answer of {', '.join(one.name for one in silent)}; Ctrl-C ends this")
    end = time.monotonic() + _PATIENCE
    probing.wait(prepared.engine, prepared.deployment, silent, end, lambda name, seconds: None)


def _silent(prepared: Prepared, services: list[Service]) -> list[Service]:
    answers = side_by_side(lambda one: probes.ask(prepared.engine, prepared.deployment, one), services)
    return [one for one, answer in zip(services, answers, strict=True) if answer is not None and answer.is_silent]


def _fails_on_demand(identity: str) -> bool:
    if not paths.overrides(identity).exists():
        return False
    from localenv.environment.overrides import entries  # overrides are rare

    return any(one.kind == entries.OverrideKind.FAULT for one in entries.recorded(identity))
