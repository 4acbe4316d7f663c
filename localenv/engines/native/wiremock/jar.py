"""Find WireMock's jar: a given one, the cached one, or the one downloaded with npm."""

import base64
import hashlib
import os
import re
import shutil
import tarfile
import zlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from localenv import process
from localenv.engines import Say
from localenv.engines.native.environment import clean
from localenv.engines.native.folders import room
from localenv.engines.native.wiremock import npm
from localenv.errors import EngineError
from localenv.paths import caches
from localenv.process import Invocation
from localenv.stubs.server import VERSION

VARIABLE = "LOCALENV_WIREMOCK_JAR"

_PACKAGE = (
    "sha512-YkqP6qQhVS45/SjG1sz5rQXQp19NCWkEKygb2OJ5zGKsS5DYZTLYodkH6x5IFG43QtVyeSv1C5oes4Whg31flg=="  # npm's own
)
_MEMBER = f"package/build/wiremock-standalone-{VERSION}.jar"
_JAR = "d097b19bd483c5038479b13a5c71e9faf8f2f5106584f0c120a7770ab0bdb367"  # SHA-256
_SIZE = 19_530_671  # bytes
_VERSION_IN_FILE = re.compile(rb"^Implementation-Version: *(\S+)", re.M)
_NAMES_VERSION = re.compile(r"(\d+\.\d+\.\d+)\.jar$")
_MAINS = frozenset({"wiremock/Run.class", "com/github/tomakehurst/wiremock/standalone/WireMockServerRunner.class"})
_FETCH = 120  # seconds


@dataclass(frozen=True, kw_only=True)
class Jar:
    """A WireMock jar; `warning` tells the user which one is used, and why."""

    file: Path
    version: str
    warning: str = ""

    @property
    def is_old(self) -> bool:
        """Whether it is a 2.x, which lacks many mapping features."""
        return self.version.startswith("2.")

    @property
    def main(self) -> str:
        """Its main class."""
        return "com.github.tomakehurst.wiremock.standalone.WireMockServerRunner" if self.is_old else "wiremock.Run"


def find(say: Say) -> Jar:
    """The jar to run; `say` is called before a download. Raises EngineError with what to install."""
    if named := os.environ.get(VARIABLE):
        return _named(Path(named).expanduser())
    cached = caches.wiremock_jar(VERSION)
    if cached.is_file() and cached.stat().st_size == _SIZE:
        cached.parent.touch()  # marks it as used; its own time is part of the names of its archives
        return Jar(file=cached, version=VERSION)
    reason = _fetch(cached, say)
    return Jar(file=cached, version=VERSION) if not reason else _last_resort(reason)


def look() -> Jar | None:
    """The jar that is there; None if it would be fetched. Raises EngineError where it cannot be."""
    if named := os.environ.get(VARIABLE):
        return _named(Path(named).expanduser())
    cached = caches.wiremock_jar(VERSION)
    if cached.is_file() and cached.stat().st_size == _SIZE:
        return Jar(file=cached, version=VERSION)
    return None if npm.command() else _last_resort("npm is not installed")


def _named(file: Path) -> Jar:
    hint = f"set it to the jar of WireMock {VERSION}, or unset it"
    try:
        with ZipFile(file) as opened:
            found = _VERSION_IN_FILE.search(opened.read("META-INF/MANIFEST.MF"))
            mains = _MAINS.intersection(opened.namelist())
    except (
        OSError,
        BadZipFile,
        KeyError,
        ValueError,
        RuntimeError,
        zlib.error,
    ) as error:  # any error of a damaged jar
        why = error.strerror if isinstance(error, OSError) else error
        raise EngineError(f"{VARIABLE}: {file} is not a readable jar: {why}", hint=hint) from error
    if not mains:
        raise EngineError(f"{VARIABLE}: {file} is not the jar of WireMock", hint=hint)
    by_name = _NAMES_VERSION.search(file.name)
    version = found[1].decode() if found else by_name[1] if by_name else VERSION
    differs = version != VERSION and f"using WireMock {version} from {VARIABLE}, tested with {VERSION}"
    return Jar(file=file.resolve(), version=version, warning=differs or "")


def _fetch(cached: Path, say: Say) -> str:
    """Download the jar to the cache; returns why it failed. Raises EngineError for a package with a wrong checksum."""
    command = npm.command()
    if not command:
        return "npm is not installed"
    say(f"WireMock {VERSION}")
    cached.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with room(cached.parent, ".fetching-") as folder:
        argv = (*command, "pack", f"wiremock@{VERSION}", "--silent", "--pack-destination", str(folder))
        try:
            done = process.run(Invocation(argv=argv, environment=clean(), folder=folder), timeout=_FETCH)
        except process.TimedOut:
            return f"npm did not fetch it within {_FETCH} s"
        package = folder / f"wiremock-{VERSION}.tgz"
        if done.code != 0 or not package.is_file():
            return f"npm failed: {done.lines[-1] if done.lines else f'exit code {done.code}'}"
        _check(package, hashlib.sha512, base64.b64decode(_PACKAGE.removeprefix("sha512-")))
        with tarfile.open(package) as opened, opened.extractfile(_MEMBER) as member:  # type: ignore[union-attr]
            jar = folder / cached.name
            with jar.open("wb") as out:
                shutil.copyfileobj(member, out)
        _check(jar, hashlib.sha256, bytes.fromhex(_JAR))
        jar.replace(cached)
    return ""


def _check(file: Path, algorithm: object, wanted: bytes) -> None:
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, algorithm).digest()  # type: ignore[arg-type]
    if found != wanted:
        message = f"npm fetched a {file.name} with a wrong checksum; it is not used"
        raise EngineError(message, hint=f"set {VARIABLE} to another jar")


def _last_resort(reason: str) -> Jar:
    """The jar inside the Python package."""
    package = find_spec("wiremock")
    folders = package.submodule_search_locations if package else None
    for folder in folders or ():
        for file in sorted(Path(folder, "server").glob("wiremock-standalone-*.jar")):
            found = _NAMES_VERSION.search(file.name)
            version = found[1] if found else "2.35.1"
            warning = f"using WireMock {version} instead of {VERSION}: {reason}"
            return Jar(file=file, version=version, warning=warning)
    named = f"set {VARIABLE} to the jar of WireMock {VERSION}"
    raise EngineError(
        f"WireMock not found: {reason}", hint=f"pip install 'localenv[native]', {named}, or use --engine compose"
    )
