"""Variables of a Compose project that lead to servers outside, which nothing stands in for."""

import re

from localenv.importing.compose.parts import ProjectSketch
from localenv.importing.compose.texts import mapped, text
from localenv.importing.repository import others
from localenv.importing.repository.finds import FoundVariable
from localenv.importing.targets import SERVICES

_REFERENCE = re.compile(r"\$\{(?!env\.)")  # to a service, a need or an upstream


def mark(found: ProjectSketch) -> None:
    """Comment each of them with the host, and with what puts stubs in its place."""
    atoms = found.project.atoms
    for original, service in found.services.items():
        written = found.sketch.section(SERVICES)[found.names[original]].get("environment", {})
        for key, value in mapped(service.get("environment")).items():
            is_fixed = key in written and not _REFERENCE.search(written[key])
            resolved = atoms.resolved(atoms.read(text(value))) if is_fixed else ""
            variable = FoundVariable(name=key, where=original, example=resolved)
            if (name := others.named(variable)) and (host := others.host_of(variable)):
                url = f"${{{name}.url}}{others.path_of(variable)}"
                why = f"leads to {host}: for stubs, add `upstreams: {{{name}: {{}}}}` and write {url}"
                found.sketch.comment(why, SERVICES, found.names[original], "environment", key)
