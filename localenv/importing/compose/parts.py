"""What a Compose project becomes, while it is decided."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from localenv.importing import Checkout
from localenv.importing.compose.files import Project
from localenv.importing.compose.needs import NeedSource
from localenv.importing.compose.secret_files import SecretFiles
from localenv.importing.sketch import Sketch
from localenv.importing.targets import Reachable


@dataclass(kw_only=True)
class ProjectSketch:
    """A project while it is sketched; names are the original ones, but for `names`."""

    project: Project
    sketch: Sketch
    place: Checkout
    stubs: Sequence[str]
    names: dict[str, str] = field(default_factory=dict)
    needs: dict[str, NeedSource] = field(default_factory=dict)
    upstreams: dict[str, Path | None] = field(default_factory=dict)
    targets: dict[str, Reachable] = field(default_factory=dict)
    hosts: dict[str, Reachable] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)  # further hosts of a service
    aliases: dict[str, list[str]] = field(default_factory=dict)  # those that a service keeps
    secret_files: SecretFiles = field(init=False)

    @cached_property
    def originals(self) -> dict[str, str]:
        """The original name of each service, once all have another."""
        return {own: original for original, own in self.names.items()}

    @property
    def services(self) -> dict[str, dict[str, Any]]:
        """Those that stay services."""
        others = self.needs.keys() | self.upstreams.keys()
        return {name: one for name, one in self.project.services.items() if name not in others}
