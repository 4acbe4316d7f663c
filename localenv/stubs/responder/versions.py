"""What an upstream keeps: the current version, and earlier ones that can be come back to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

FIRST = "Started"  # the version in which nothing was created

_MOST = 2000  # versions that can be come back to, and copies

ResourceItems = dict[str, dict[str, Any]]  # by id
Collections = dict[str, ResourceItems]  # by the path of the collection


@dataclass
class KeptVersions:
    """What one upstream keeps; `copies` are those of tests that share the environment, by their traces."""

    now: Collections = field(default_factory=dict)
    version: str = FIRST
    versions: dict[str, Collections] = field(default_factory=lambda: {FIRST: {}})
    counter: int = 0
    copies: dict[str, "KeptVersions"] = field(default_factory=dict)

    def copy(self, trace: str, of: str = "") -> "KeptVersions":
        """The copy of a trace, made when it is first asked for: of another trace's copy, if there is one."""
        if trace not in self.copies:
            source = self.copies.get(of, self)
            self.copies[trace] = KeptVersions(now=dict(source.now), counter=source.counter)
            while len(self.copies) > _MOST:
                self.copies.pop(next(iter(self.copies)))
        return self.copies[trace]

    def change(self, path: str, items: ResourceItems) -> None:
        """Replace the items of a collection, which makes a new version."""
        self.now = {**self.now, path: items}
        self.version = uuid4().hex
        self.versions[self.version] = self.now
        while len(self.versions) > _MOST:
            self.versions.pop(next(one for one in self.versions if one != FIRST))

    def come_back(self, version: str) -> None:
        """Come back to a version; to the first, if that one is not known."""
        self.version = version if version in self.versions else FIRST
        self.now = dict(self.versions[self.version])

    def new_id(self, ids: Mapping[str, Any], items: ResourceItems) -> Any:
        """An id that no item has, made as the contract's plan says."""
        self.counter += 1
        if ids["kind"] == "integer":
            return self.counter
        if ids["kind"] == "uuid":
            return str(uuid4())
        if ids["kind"] == "list":
            free = [one for one in ids["values"] if one not in items]
            return (free or ids["values"] or [""])[0]
        return f"{ids['prefix']}-{uuid4().hex[:8]}"
