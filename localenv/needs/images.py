"""What every kind says of itself in the same way."""

from localenv.stack import Command, Need, Reference, Template, Volume
from localenv.stack.references import literal


def image(need: Need, repository: str) -> Template:
    """The image the description asks for, else the public one at the need's version."""
    return need.image or literal(f"{repository}:{need.version}")


def of(need: Need, attribute: str, before: str = "") -> Template:
    """`before`, then what `${need.attribute}` is for the reader."""
    reference = Reference(name=need.name, attribute=attribute)
    return Template((before, reference) if before else (reference,))


def words(*texts: str | Template) -> Command:
    """A command; a text in it is no reference."""
    return tuple(literal(text) if isinstance(text, str) else text for text in texts)


def joined(before: str, value: Template, after: str = "") -> Template:
    """A template with a text around it."""
    return Template(tuple(part for part in (before, *value.parts, after) if part), value.at)


def kept(need: Need, target: str) -> tuple[Volume, ...]:
    """The volume that outlives the environment, where the description asks to keep the data."""
    return (Volume(name=need.name, target=target),) if need.keep else ()
