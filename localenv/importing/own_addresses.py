"""Needs and services whose clients are given a host alone, and so expect the usual port there on both engines."""

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from localenv.importing.sketch import Sketch

_REFERENCE = re.compile(r"\$\{(?P<name>[\w-]+)(?:\.[\w-]+)?\.(?P<attribute>host|port|address|url)\}")
_SECTIONS = ("needs", "services")


def give(sketch: Sketch) -> None:
    """Give each of them an address of its own, where this machine has such addresses."""
    if sys.platform != "linux":
        return
    for name, where in _hosts_alone(sketch):
        section = next((one for one in _SECTIONS if name in sketch.document.get(one, {})), "")
        found = sketch.document[section][name] if section else None
        if isinstance(found, dict) and "address" not in found and (section == "needs" or "port" in found):
            found["address"] = "own"
            why = f"{where} has no port; without this, natively it needs ${{{name}.port}}"
            sketch.comment(why, section, name, "address")


def _hosts_alone(sketch: Sketch) -> Iterator[tuple[str, str]]:
    """The name of each, with the variable of a service that has its host and nothing that has its port."""
    for service in sketch.document.get("services", {}).values():
        attributes: dict[str, set[str]] = {}
        for found in _REFERENCE.finditer(str(service)):
            attributes.setdefault(found["name"], set()).add(found["attribute"])
        for name in (one for one, known in attributes.items() if known == {"host"}):
            yield name, _variable(service.get("environment", {}), f"${{{name}.host}}")


def _variable(environment: Mapping[str, Any], value: str) -> str:
    return next((key for key, one in environment.items() if one == value), "its client")
