"""What the Pact contracts of an upstream answer in a state of the provider."""

from collections.abc import Mapping, Sequence
from typing import Any

from localenv.errors import UsageError
from localenv.stack import Upstream
from localenv.stubs import sources

_OF_SCENARIO = ("scenarioName", "requiredScenarioState", "priority")


def mappings(upstream: Upstream, state: str) -> Sequence[Mapping[str, Any]]:
    """The mappings of the interactions in a state, with or without its parameters; the last one has precedence.

    Raises UsageError for a state that is in no contract.
    """
    found: dict[str, list[Mapping[str, Any]]] = {}
    for source in upstream.sources:
        for one in sources.mappings(source):
            if "state" in one.about and "requiredScenarioState" in one.mapping:
                own = {key: value for key, value in one.mapping.items() if key not in _OF_SCENARIO}
                found.setdefault(str(one.about["state"]), []).append(own)
    wanted = [
        each for name, listed in found.items() if name == state or name.startswith(f"{state} (") for each in listed
    ]
    if not wanted:
        known = "; ".join(sorted(found)) or "none, because it has no contract of Pact with one"
        raise UsageError(f"upstream '{upstream.name}' has no provider state '{state}'", hint=f"available: {known}")
    return wanted[::-1]
