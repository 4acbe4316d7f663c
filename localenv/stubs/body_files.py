"""The body files of stubs on a stub server."""

import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from localenv.host import contained
from localenv.stack import Upstream
from localenv.stubs import layers
from localenv.stubs.asking import Asking
from localenv.stubs.sources.folder.files import BODIES

_GZIP = b"\x1f\x8b"  # its first bytes


@dataclass(frozen=True, kw_only=True)
class BodyFiles:
    """The body files of these upstreams, of which a new server has none."""

    asking: Asking
    upstreams: Sequence[Upstream]
    is_new: bool

    def upload(self) -> None:
        """Upload those that the server does not have."""
        for body in self._wanted.keys() - self._there:
            content = _content(self._wanted[body])
            if content is not None:
                self.asking.ask("PUT", f"/files/{body}", content=_upload(content))

    def discard(self, before: Iterable[Mapping[str, Any]]) -> None:
        """Delete old ones, except those of stubs from before: a request that matched one may still need its body."""
        used = {_generation(stub.get("response", {}).get("bodyFileName", "")) for stub in before}
        for body in self._there - self._wanted.keys():
            if _generation(body) not in used:
                self.asking.ask("DELETE", f"/files/{body}")

    @cached_property
    def _wanted(self) -> Mapping[str, Path]:
        return {body: file for one in self.upstreams for body, file in layers.bodies(one).items()}

    @cached_property
    def _there(self) -> set[str]:
        if self.is_new:
            return set()
        names = {one.name for one in self.upstreams}
        return {body for body in self.asking.ask("GET", "/files").json() if body.partition("/")[0] in names}


def _content(file: Path) -> bytes | None:
    """A body file; None if a link out of its root has replaced it since it was listed."""
    folder = next(parent for parent in file.parents if parent.name == BODIES)
    return contained.content(file, folder.parent)


def _upload(content: bytes) -> bytes:
    """The content to send, so that the server, which decompresses gzip once, stores the original."""
    return gzip.compress(content, 1) if content.startswith(_GZIP) else content


def _generation(body: str) -> tuple[str, ...]:
    """The folder of a body file: one per source and content."""
    return tuple(body.split("/")[:2])
