"""Digests of services' files: all build inputs, and only the code."""

from dataclasses import dataclass, field
from pathlib import Path

from localenv.host import context, inputs
from localenv.planner import own_files
from localenv.stack import Build, Native

_DOCUMENTATION = (".md", ".rst", ".adoc")

_Key = tuple[Path, Path | None, str | None, Path | None, tuple[Path, ...]]  # the first is what paths are relative to


@dataclass(frozen=True, kw_only=True)
class Code:
    """Files and digests, cached, because many services may share a folder; `apart` is not code, nor what is not in
    the repository `around`.
    """

    around: Path
    apart: frozenset[Path]
    _files: dict[_Key, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _digests: dict[tuple[_Key, bool], str] = field(default_factory=dict, repr=False)

    def read(self, build: Build | None, native: Native | None, beside: Path) -> str:
        """The digest of an image's build inputs, and of the folder of its processes if that is different.

        Without both, of the files that its native command names, which runs in `beside`.
        """
        named = native.command if native and not (build or native.working_dir) else None
        if named:
            own = own_files.of(map(str, named), beside, self.around) - self.apart
            return inputs.digest(own, base=self.around) if own else ""
        return self._digest(build, native, whole=True)

    def without_documentation(self, build: Build | None, native: Native | None) -> str:
        """The same without documentation."""
        return self._digest(build, native, whole=False)

    def _digest(self, build: Build | None, native: Native | None, *, whole: bool) -> str:
        """Empty if nothing is built, and no folder is run in."""
        elsewhere = native.working_dir if native else None
        key: _Key
        if build:
            key = (build.context, build.dockerfile, build.dockerfile_inline, elsewhere, build.folders)
        elif elsewhere:
            key = (elsewhere, None, None, None, ())
        else:
            return ""
        if (key, whole) not in self._digests:
            if key not in self._files:
                self._files[key] = self._found(key)
            files = (file for file in self._files[key] if whole or not file.lower().endswith(_DOCUMENTATION))
            self._digests[key, whole] = inputs.digest(files, base=key[0], more=key[2] or "")
        return self._digests[key, whole]

    def _found(self, key: _Key) -> tuple[str, ...]:
        folder, dockerfile, inline, elsewhere, more = key
        found = [*context.texts(folder, dockerfile, inline, apart=self.apart)]
        if elsewhere and not elsewhere.is_relative_to(folder):
            found += context.texts(elsewhere, apart=self.apart)
        for other in more:
            found += context.texts(other, apart=self.apart)
        return tuple(found)
