"""Java's archive of loaded classes, which at least halves its start-up time: created once, in the cache."""

import contextlib
import zlib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from localenv.engines.native import scripts
from localenv.engines.native.environment import way
from localenv.engines.native.program import Program
from localenv.engines.native.wiremock.jar import Jar
from localenv.engines.native.wiremock.java import Java
from localenv.host import files, kernel
from localenv.paths import caches

_AOT = 25  # the first Java that creates an ahead-of-time cache in one run: ready in 0.24 s instead of 0.70 s
_DYNAMIC = 13  # the first that archives classes on exit: ready in 0.36 s instead of 0.66 s
_TRAINING = "training"
_LOGIN = "localenv:training"


@dataclass(frozen=True, kw_only=True)
class Archive:
    """The archive for one Java, jar and set of options; `file` is without the checksum that its name ends with."""

    file: Path
    java: Java

    def options(self) -> tuple[str, ...]:
        """The Java options that use it; empty if it does not exist, or is damaged and therefore removed."""
        for found in sorted(self.file.parent.glob(f"{self.file.stem}-*{self.file.suffix}")):
            if _is_whole(found):
                found.touch()  # marks it as used
                return (f"-XX:{'AOTCache' if self.is_aot else 'SharedArchiveFile'}={found}", *self._quiet)
            with contextlib.suppress(OSError):
                found.unlink()
        return ()

    @property
    def is_aot(self) -> bool:
        """Whether it is an ahead-of-time cache."""
        return self.java.version >= _AOT

    @property
    def _quiet(self) -> tuple[str, ...]:
        """Options that suppress warnings about an archive that does not fit."""
        return ("-Xlog:aot=off",) if self.is_aot else ("-Xlog:cds=off",)

    def trainer(self, jar: Jar, options: tuple[str, ...]) -> tuple[Program, ...]:
        """The programs that create it at idle priority; empty if Java does not support it, or it has failed before."""
        if self.java.version < _DYNAMIC or caches.failed(self.file).exists():
            return ()
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        out = "-XX:AOTCacheOutput={out}" if self.is_aot else "-XX:ArchiveClassesAtExit={out}"
        root = self.file.parent / "root"
        server = ("--port", "0", "--bind-address", "127.0.0.1", "--root-dir", str(root), "--disable-banner")
        java = (str(self.java.program), *options, out, *self._quiet, "-cp", str(jar.file), jar.main, *server)
        argv = scripts.argv(_TRAINING, str(self.file), _LOGIN, *java, "--admin-api-basic-auth", _LOGIN)
        return (Program(argv=argv, environment=way(), folder=self.file.parent),)


def of(java: Java, jar: Jar, options: tuple[str, ...]) -> Archive:
    """The archive that fits; another build of Java, another jar, other options or another training need another."""
    written = jar.file.stat()
    training = scripts.file(_TRAINING).read_text()
    about = (java.build, str(java.program), str(jar.file), written.st_size, written.st_mtime_ns, options, training)
    name = f"java{java.version}-{sha256(repr(about).encode()).hexdigest()[:16]}"
    return Archive(file=caches.wiremock_archive(f"{name}.{'aot' if java.version >= _AOT else 'jsa'}"), java=java)


def _is_whole(file: Path) -> bool:
    """Whether it matches its checksum: Java may crash on a damaged one instead of ignoring it.

    Checked once after each boot, because only a system crash can damage it and it is large.
    """
    seen, checked = file.stat(), caches.checked(file)
    whole = f"{kernel.boot()} {seen.st_ino} {seen.st_size} {seen.st_mtime_ns}"
    if checked.is_file() and checked.read_text() == whole:
        return True
    if file.stem.rpartition("-")[2] != f"{zlib.crc32(file.read_bytes()):08x}":
        return False
    files.write(checked, whole)
    return True
