"""Digests of services' files: all build inputs, and only the code."""

from dataclasses import dataclass, field
from pathlib import Path

from localenv.host import context, inputs
from localenv.stack import Build, Native

_DOCUMENTATION = (".md", ".rst", ".adoc")

_Key = tuple[Path, Path | None, str | None, Path | None, tuple[Path, ...]]


@dataclass(frozen=True, kw_only=True)
class Code:
    """Files and digests, cached, because many services may share a folder; `apart` is not code."""

    apart: frozenset[Path]
    _files: dict[_Key, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _digests: dict[tuple[_Key, bool], str] = field(default_factory=dict, repr=False)

    def read(self, build: Build | None, native: Native | None) -> str:
        """The digest of an image's build inputs, and of the folder of its processes if that is different."""
        return self._digest(build, native, whole=True)

    def without_documentation(self, build: Build | None, native: Native | None) -> str:
        """The same without documentation."""
        return self._digest(build, native, whole=False)

    def _digest(self, build: Build | None, native: Native | None, *, whole: bool) -> str:
        """Empty if nothing is built."""
        if build is None:
            return ""
        elsewhere = native.working_dir if native else None
        key = (build.context, build.dockerfile, build.dockerfile_inline, elsewhere, build.folders)
        if (key, whole) not in self._digests:
            if key not in self._files:
                self._files[key] = self._found(key)
            files = (file for file in self._files[key] if whole or not file.lower().endswith(_DOCUMENTATION))
            self._digests[key, whole] = inputs.digest(files, base=build.context, more=build.dockerfile_inline or "")
        return self._digests[key, whole]

    def _found(self, key: _Key) -> tuple[str, ...]:
        folder, dockerfile, inline, elsewhere, more = key
        found = [*context.texts(folder, dockerfile, inline, apart=self.apart)]
        if elsewhere and not elsewhere.is_relative_to(folder):
            found += context.texts(elsewhere, apart=self.apart)
        for other in more:
            found += context.texts(other, apart=self.apart)
        return tuple(found)
