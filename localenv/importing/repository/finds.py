"""What detectors have found in a repository: services, needs, upstreams, variables, migrations."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from localenv.importing import Ask, Checkout, reading

_LARGEST = 1 << 18  # bytes of a source file to read
_MOST = 2000  # source files to read
_SKIPPED = frozenset({
    ".git", "node_modules", ".venv", "venv", "env", "vendor", "dist", "build", "target", "__pycache__", ".tox", ".next",
    "site-packages", "coverage", ".idea", ".vscode", "bower_components", ".terraform", "envs", ".localenv",
})  # fmt: skip
_SOURCES = (
    ".py", ".js", ".ts", ".mjs", ".cjs", ".tsx", ".jsx", ".rb", ".go", ".java", ".kt", ".php", ".rs", ".yml", ".yaml",
    ".toml", ".properties", ".prisma", ".ex", ".exs", ".cs", ".ini",
)  # fmt: skip
_OF_NODE = (".js", ".ts", ".mjs", ".cjs", ".tsx", ".jsx")
_TEST_FILE = re.compile(r"(^test_.*|^conftest|.*(_test|_spec|[.-]test|[.-]spec)|.*(Tests?|IT|Spec))\.\w+$")
_TESTS = ("test", "tests", "spec", "specs", "__tests__", "docs", "examples", ".github")


@dataclass(kw_only=True)
class FoundService:
    """A program: what it is built from, how it runs; unknown parts are empty."""

    name: str
    folder: Path
    context: Path | None = None  # what it is built from and where it is started, if that is above `folder`
    dockerfile: Path | None = None
    inline: str = ""  # a Dockerfile for a folder that has none
    command: str | tuple[str, ...] = ""  # on both engines
    replaces_entrypoint: bool = False  # that of the image would not run the command
    native_command: str | tuple[str, ...] = ""
    native_folder: Path | None = None  # where that runs, if it is below `folder`
    setup: tuple[str, ...] = ()
    port: int | None = None
    has_fixed_port: bool = False  # its code names the port
    is_worker: bool = False  # it listens on no port
    healthcheck: str = ""
    language: str = ""
    version: str = ""
    database: str = ""  # the kind of its database, if that is not the one of the others
    image_environment: Mapping[str, str] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)  # by key


@dataclass(kw_only=True)
class FoundNeed:
    """A backing service, with the reason to believe in it."""

    kind: str
    name: str
    why: str
    migrate: list[object] = field(default_factory=list)
    seed: list[object] = field(default_factory=list)
    extensions: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class FoundUpstream:
    """A service of others: its stubs and contracts, if there are any."""

    name: str
    why: str
    stubs: Path | None = None
    contracts: dict[str, Path] = field(default_factory=dict)  # by the key of their source
    pack: str = ""
    hosts: tuple[str, ...] = ()


@dataclass(kw_only=True)
class FoundVariable:
    """A variable that a program reads; `default` is that of the code, `example` that of a file of examples."""

    name: str
    where: str
    default: str | None = None
    example: str | None = None
    is_private: bool = False  # `.env` has a value, which is not written
    is_required: bool = False  # the program fails without it
    readers: list[Path] = field(default_factory=list)  # source files
    value: str = ""  # with references; empty: what its name and default suggest
    prefix: str = ""  # that of all variables of the program

    @property
    def stem(self) -> str:
        """The part of the name that says what it is."""
        return self.name.removeprefix(self.prefix)


@dataclass(frozen=True, kw_only=True)
class FoundJob:
    """What runs once before the services, in the place of one of them."""

    command: str | tuple[str, ...]
    service: str
    why: str


@dataclass(kw_only=True)
class Finds:
    """Everything that detectors know of each other."""

    place: Checkout
    ask: Ask | None = None
    services: dict[str, FoundService] = field(default_factory=dict)
    needs: dict[str, FoundNeed] = field(default_factory=dict)
    upstreams: dict[str, FoundUpstream] = field(default_factory=dict)
    variables: dict[str, FoundVariable] = field(default_factory=dict)
    jobs: dict[str, FoundJob] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    taken: frozenset[str] = frozenset()  # names that a Compose file has given

    @property
    def home(self) -> Path:
        """The folder that is described."""
        return self.place.home

    @cached_property
    def folders(self) -> tuple[Path, ...]:
        """The folder itself, and those below it that may hold a project of their own."""
        below = [one for one in _folders(self.home) if one.name not in _TESTS]
        deeper = [two for one in below if one.name in _COLLECTIONS for two in _folders(one)]
        return (self.home, *below, *deeper)

    @cached_property
    def sources(self) -> tuple[tuple[Path, str], ...]:
        """The source files with their texts, without tests and what is installed."""
        return tuple(self._read(_files(self.home)))

    def need(self, kind: str, why: str) -> FoundNeed:
        """The need of a kind, found now or before; MySQL and MariaDB are asked in one language."""
        kind = "mariadb" if kind == "mysql" and "mariadb" in self.needs else kind
        if kind not in self.needs:
            name = _NAMES.get(kind, kind)
            name = kind if any(one.name == name for one in self.needs.values()) else name
            self.needs[kind] = FoundNeed(kind=kind, name=name, why=why)
        return self.needs[kind]

    @property
    def database(self) -> FoundNeed | None:
        """The need that holds tables."""
        return next((self.needs[kind] for kind in ("postgres", "mysql", "mariadb") if kind in self.needs), None)

    def database_of(self, service: FoundService | None) -> FoundNeed | None:
        """The need that holds the tables of a service."""
        return self.needs.get(service.database if service else "") or self.database

    def service_at(self, folder: Path) -> FoundService | None:
        """The service of a folder."""
        return next((one for one in self.services.values() if one.folder == folder), None)

    def is_of(self, service: FoundService, file: Path) -> bool:
        """Whether a source file is a part of a service: in its folder, or in a library that it is built with."""
        if file.is_relative_to(service.folder) or service.context is None:
            return file.is_relative_to(service.folder)
        is_others = any(file.is_relative_to(one.folder) for one in self.services.values())
        return file.is_relative_to(service.context) and file.suffix in _OF_NODE and not is_others

    def _read(self, files: Iterator[Path]) -> Iterator[tuple[Path, str]]:
        for number, file in enumerate(files):
            if number >= _MOST:
                return
            try:
                if file.stat().st_size <= _LARGEST:
                    yield file, reading.text(file, within=self.place.repository)
            except OSError:
                continue


_COLLECTIONS = ("services", "apps", "packages", "src", "cmd", "projects")
_NAMES = {"postgres": "db", "mysql": "db", "mariadb": "db", "redis": "cache", "rabbitmq": "queue", "nats": "bus",
          "mongo": "mongo", "s3": "files"}  # fmt: skip


def _folders(folder: Path) -> list[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return []
    return [one for one in entries if one.is_dir() and not one.is_symlink() and not one.name.startswith(".")
            and one.name not in _SKIPPED]  # fmt: skip


def _files(folder: Path, depth: int = 0) -> Iterator[Path]:
    try:
        entries: Sequence[Path] = sorted(folder.iterdir())
    except OSError:
        return
    for one in entries:
        is_test = _TEST_FILE.match(one.name) is not None
        is_read = one.suffix in _SOURCES and not is_test and not one.name.endswith((".lock", ".min.js", "-lock.json"))
        if is_read and one.is_file():
            yield one
    for one in entries if depth < 8 else ():
        is_skipped = one.name in _SKIPPED or one.name in _TESTS or one.name.startswith(".")
        if one.is_dir() and not one.is_symlink() and not is_skipped:
            yield from _files(one, depth + 1)
