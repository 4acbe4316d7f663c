"""Load stubs into a new stub server while others are made."""

from collections.abc import Callable, Sequence
from typing import Any

from localenv.stack import Upstream
from localenv.stubs import layers
from localenv.stubs.asking import Asking
from localenv.stubs.importing import import_mappings
from localenv.stubs.leading import Resolve
from localenv.stubs.recognition import Recognition
from localenv.stubs.sources import ahead


def load(
    asking: Asking, recognition: Recognition, upstreams: Sequence[Upstream], resolve: Callable[[str], Resolve]
) -> dict[str, dict[str, Any]]:
    """Load what is made until all is; returns the mappings that were loaded, by id.

    None are where the Host header decides for some requests: then each mapping depends on all others.
    """
    found: dict[str, dict[str, Any]] = {}
    if ahead.is_done() or recognition.is_by_host:
        return found
    for one in upstreams:
        for part in layers.parts(one, resolve(one.name)):
            addressed = recognition.all([each.mapping for each in part])
            import_mappings(asking, addressed, part)
            found |= {each["id"]: each for each in addressed}
    return found
