"""Raw Compose keys that are ignored, because localenv implements their purpose itself."""

from collections.abc import Iterator, Mapping

from localenv.stack import Stack

_WHY: Mapping[str, str] = {
    "attach": "localenv shows all output",
    "develop": "no files are watched; localenv up takes changes over",
    "pre_stop": "containers are stopped without hooks",
}


def limits(stack: Stack) -> Iterator[str]:
    """One line for each of these keys, with the services that use it."""
    for key, why in _WHY.items():
        if named := ", ".join(one.name for one in stack.services.values() if key in one.compose):
            yield f"compose: {key}: of {named} has no effect: {why}"
