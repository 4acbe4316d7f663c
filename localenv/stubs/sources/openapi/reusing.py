"""Parts of generated values that are the same wherever they stand: a component is generated once, and not for each
schema that refers to it.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Dependence:
    """What the value of a part depends on, in the value around it."""

    level: int  # of the deepest schema
    refs: set[str] = field(default_factory=set)  # schemas that would be a circle inside themselves
    choices: set[int] = field(default_factory=set)  # lists of alternatives, which may have been decided before

    def add(self, other: "Dependence | KnownPart", above: int = 0) -> None:
        """Add what a part of the part depends on, which stands below so many levels."""
        self.level = max(self.level, other.level + above)
        self.refs |= other.refs
        self.choices |= other.choices

    def part(self, value: Any, *, made: int, above: int) -> "KnownPart":
        """A value that depends on this, of so many parts, below so many levels."""
        refs, choices = frozenset(self.refs), frozenset(self.choices)
        return KnownPart(value=value, made=made, level=self.level - above, refs=refs, choices=choices)


@dataclass(frozen=True, kw_only=True)
class KnownPart:
    """A value of a component, which must not be changed."""

    value: Any = field(repr=False)
    made: int  # parts
    level: int  # of its deepest schema, below the one around it
    refs: frozenset[str]
    choices: frozenset[int]
