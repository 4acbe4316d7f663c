"""Secrets and configs of a Compose file, and the services that they are put into."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localenv.host import contained
from localenv.importing import Checkout
from localenv.importing.compose.files import Project
from localenv.importing.compose.texts import mapped, text
from localenv.importing.sketch import Sketch
from localenv.rendering import container_path
from localenv.stack import FileKind

_KINDS = {"secrets": FileKind.SECRET, "configs": FileKind.CONFIG}


@dataclass(frozen=True, kw_only=True)
class Put:
    """A secret or config that a service uses: where it is, its name in the description, the mount it needs instead."""

    path: str
    reference: str = ""
    mount: str = ""
    key: str = ""


@dataclass(kw_only=True)
class SecretFiles:
    """The secrets and configs of a project; `names` are theirs in the description."""

    project: Project
    sketch: Sketch
    place: Checkout
    names: Mapping[tuple[str, str], str]
    passwords: Mapping[str, str] = field(default_factory=dict)  # secrets that hold the password of a need: its name
    _made: set[tuple[str, str]] = field(default_factory=set)

    def used(self, name: str, service: Mapping[str, Any]) -> list[Put]:
        """Those of a service."""
        found = []
        for section in _KINDS:
            for given in service.get(section) or ():
                entry = mapped(given) if isinstance(given, Mapping) else {"source": given}
                source = text(entry.get("source"))
                if (section, source) not in self.names:
                    self.sketch.leave_out(f"{name}: {section}: {source}", "the file does not declare it")
                elif put := self._put(section, source, entry):
                    found.append(put)
        return found

    def _put(self, section: str, source: str, entry: Mapping[str, Any]) -> Put | None:
        about = getattr(self.project, section).get(source) or {}
        name = self.names[section, source]
        usual = f"/run/secrets/{source}" if section == "secrets" else f"/{source}"
        target = text(entry.get("target")) or usual
        target = target if target.startswith("/") else f"/run/secrets/{target}"
        file = Path(about["file"]) if about.get("file") else None
        is_usual = section == "secrets" and target in (usual, container_path(_KINDS[section], name))
        if not is_usual and (mount := self._mounted(section, source, about, file, target)):
            return Put(path=target, mount=mount)
        self.make(section, source)
        return Put(path=target, reference=f"${{{name}.path}}", key=re.sub(r"\W", "_", source).upper() + "_FILE")

    def _mounted(self, section: str, source: str, about: Mapping[str, Any], file: Path | None, target: str) -> str:
        """A mount at the place that the original has; empty if there is no file to mount."""
        if file is None and isinstance(about.get("content"), str):
            read = self.project.atoms.read(about["content"])
            content = self.project.atoms.shown(read)
            if self.project.atoms.has_atoms(read):
                what = f"{section} {source}: variables in its content"
                self.sketch.leave_out(what, f"envs/configs holds it with their defaults, mounted at {target}")
            own = re.sub(r"[^A-Za-z0-9_-]", "-", source)
            self.sketch.files[f"envs/configs/{own}"] = content
            return f"./configs/{own}:{target}:ro"
        if file is None or not self._is_there(file):
            return ""
        return f"{os.path.relpath(file, self.place.envs)}:{target}:ro"

    def make(self, section: str, source: str) -> None:
        """Write it, once."""
        if (section, source) in self._made:
            return
        self._made.add((section, source))
        about, name = getattr(self.project, section).get(source) or {}, self.names[section, source]
        file = Path(about["file"]) if about.get("file") else None
        made = self.sketch.section(section)
        if source in self.passwords:
            made[name] = {"content": f"${{{self.passwords[source]}.password}}"}
        elif file is not None and self._is_there(file):
            made[name] = {"file": os.path.relpath(file, self.place.envs)}
        elif isinstance(about.get("content"), str):
            made[name] = {"content": self.project.atoms.written(self.project.atoms.read(about["content"]))}
        elif variable := text(about.get("environment")):
            made[name] = {"environment": variable}
        else:
            made[name] = {"generate": "password"}
            why = f"{os.path.relpath(file, self.place.home)} does not exist" if file else "it is external"
            self.sketch.comment(f"{why}: a random text instead", section, name)

    def _is_there(self, file: Path) -> bool:
        return file.is_file() and contained.is_within(file, [self.place.repository])
