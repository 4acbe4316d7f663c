"""Helpers that the kinds share."""

from localenv.stack import Command, Need, Reference, Template, Volume
from localenv.stack.references import literal


def image(need: Need, repository: str) -> Template:
    """The image from the description, else the public one at the need's version."""
    return need.image or literal(f"{repository}:{need.version}")


def of(need: Need, attribute: str, before: str = "") -> Template:
    """`before`, followed by the value of `${need.attribute}` for the reader."""
    reference = Reference(name=need.name, attribute=attribute)
    return Template((before, reference) if before else (reference,))


def words(*texts: str | Template) -> Command:
    """A command; a plain text is not parsed for references."""
    return tuple(literal(text) if isinstance(text, str) else text for text in texts)


def joined(before: str, value: Template, after: str = "") -> Template:
    """A template with text around it."""
    return Template(tuple(part for part in (before, *value.parts, after) if part), value.at)


def setting_lines(need: Need, separator: str) -> Template:
    """The settings of a need as the lines of a configuration file."""
    lines = [joined(f"{name}{separator}", value, "\n") for name, value in need.settings.items()]
    return Template(tuple(part for line in lines for part in line.parts), next((one.at for one in lines), None))


def kept(need: Need, target: str) -> tuple[Volume, ...]:
    """The volume that outlives the environment, if the description keeps the data."""
    return (Volume(name=need.name, target=target),) if need.keep else ()
