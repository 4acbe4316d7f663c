"""A description in the making: its keys, a comment for each line that is not certain, what was left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SketchPath = tuple[str, ...]


@dataclass(kw_only=True)
class Sketch:
    """`document` holds the keys as they are written; `files` are further files, relative to the home."""

    source: str  # what it was read from, for a person
    document: dict[str, Any] = field(default_factory=dict)
    comments: dict[SketchPath, str] = field(default_factory=dict)  # behind a key
    left_out: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)

    def section(self, name: str) -> dict[str, Any]:
        """A section of the description, which is written if it is not empty."""
        found: dict[str, Any] = self.document.setdefault(name, {})
        return found

    def comment(self, text: str, *path: str) -> None:
        """Explain the line of a key; several comments are joined."""
        before = self.comments.get(path)
        self.comments[path] = f"{before}; {text}" if before and text not in before else text

    def leave_out(self, what: str, why: str = "") -> None:
        """Name something that the description does not have."""
        given = f"{what}: {why}" if why else what
        if given not in self.left_out:
            self.left_out.append(given)

    @property
    def listed(self) -> tuple[str, ...]:
        """What was left out; the same of several services is one line."""
        found: dict[str, list[str]] = {}
        for one in self.left_out:
            subject, colon, rest = one.partition(": ")
            found.setdefault(rest if colon else "", []).append(subject if colon else one)
        lines = {rest: ", ".join(dict.fromkeys(names)) for rest, names in found.items() if rest}
        return (*(f"{names}: {rest}" for rest, names in lines.items()), *found.get("", ()))

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of entries of each section."""
        return {name: len(found) for name, found in self.document.items() if isinstance(found, dict) and found}
