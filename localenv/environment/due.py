"""Why steps that prepare a folder are to be done now, as far as that is known without an environment."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from localenv.engines.choosing import ENGINES
from localenv.stack import Service, Stack, Template, templates


def due(stack: Stack) -> Mapping[str, Sequence[str]]:
    """By service, for each step of its `native.setup`: why it is due on this machine; empty where it is not."""
    known = {name: one for name, one in stack.services.items() if not _refers(one.native)}
    found: dict[str, Sequence[str]] = {}
    for engine in ENGINES.values():
        found |= engine().due(replace(stack, services=known), _text)
    return found


def _refers(native: object) -> bool:
    """Whether a command is known only once an environment is."""
    return any(template.references for template in templates(native))


def _text(service: Service, template: Template) -> str:
    return "".join(map(str, template.parts))
