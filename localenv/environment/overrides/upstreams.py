"""An upstream of a running environment, from Python: break it, or add stubs to it, for as long as a block lasts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from localenv.environment import stubbing
from localenv.environment.overrides import changes, faults
from localenv.environment.overrides.changes import Changed
from localenv.needs.failures import LATENCY
from localenv.stubs import provider_states
from localenv.stubs.fault_mappings import Aim
from localenv.stubs.faults import with_value

if TYPE_CHECKING:
    from localenv.environment.handle import Environment


@dataclass(frozen=True, kw_only=True)
class UpstreamControl:
    """An upstream; what is changed lasts until this process exits, `clear`, or the end of a `with` block."""

    name: str
    environment: "Environment" = field(repr=False)

    def fault(
        self,
        *words: str,
        method: str = "ANY",
        path: str = "",
        times: int | None = None,
        after: int = 0,
        seed: int = 0,
        seconds: float | None = None,
        **kinds: int | float | str,
    ) -> Changed:
        """Make it fail: `fault("reset")`, `fault(status=503, slow=3)`, `fault(flaky=30, path="/charges", times=2)`.

        Numbers are seconds, or percent for `flaky`; `seed` decides which requests then fail. Raises UsageError, with
        nothing changed, for what it cannot do, and ValueError for `times` or `after` out of range.
        """
        all_words = [*words, *(_word(kind.replace("_", "-"), value) for kind, value in kinds.items())]
        aim = Aim(method=method, path=path, times=times, after=after, seed=seed)
        added = faults.fault(self.environment, self.name, all_words, aim=aim, seconds=seconds)
        return Changed(environment=self.environment, overrides=[added])

    def stub(self, *stubs: Mapping[str, Any], times: int | None = None, seconds: float | None = None) -> Changed:
        """Add stubs (WireMock mappings) on top of its own, as `Environment.stub` does."""
        added = changes.stub(self.environment, self.name, stubs, times=times, seconds=seconds, owner=None)
        return Changed(environment=self.environment, overrides=[added])

    def given(self, state: str, *, seconds: float | None = None) -> Changed:
        """Answer as its Pact contracts do in this provider state; raises UsageError for an unknown one."""
        [own] = stubbing.chosen(self.environment.stack, [self.name])
        return self.stub(*provider_states.mappings(own, state), seconds=seconds)


def upstream(environment: "Environment", name: str) -> UpstreamControl:
    """The upstream, or need, of this name; raises UsageError."""
    faults.check_subject(environment.stack, name)
    return UpstreamControl(name=name, environment=environment)


def _word(kind: str, value: float | str) -> str:
    return f"{kind}={value}s" if kind == LATENCY and isinstance(value, int | float) else with_value(kind, value)
