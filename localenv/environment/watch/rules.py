"""What is done when files of a service change: what the description says, or what build and command suggest."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from localenv.description.files import Bounds
from localenv.environment.watch import dockerfile
from localenv.host import context, dockerignore, inputs
from localenv.host.dockerignore import Ignored
from localenv.stack import Command, Service, WatchExec, WatchRule

# what dependencies are read from: a change needs a build
_MANIFESTS = re.compile(
    r"Dockerfile.*|\.dockerignore|requirements.*\.(txt|in)|constraints.*\.txt|pyproject\.toml|setup\.(py|cfg)|uv\.lock"
    r"|poetry\.lock|pdm\.lock|Pipfile(\.lock)?|package(-lock)?\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml"
    r"|bun\.lockb?|\.npmrc|Gemfile(\.lock)?|composer\.(json|lock)|go\.(mod|sum)|Cargo\.(toml|lock)"
)
_COMPILED = re.compile(r".*\.(go|rs|c|cc|cpp|h|hpp|java|kt|scala|cs|swift|zig|hs|erl|ex|proto)")
_NO_CODE = re.compile(r".*\.(md|rst|adoc)|LICENSE.*")
_OF_TOOLS = frozenset(
    {".git", "__pycache__", "node_modules", ".localenv", ".venv", "venv", ".tox", ".mypy_cache"}
    | {".idea", ".run", ".vscode"}
)
_CACHES = re.compile(r"\.(pytest|mypy|ruff)_cache")
_RELOADS = re.compile(
    r"--reload\b|--watch\b|\bnodemon\b|\btsx watch\b|manage\.py runserver(?!.*--noreload)|--debug\b.*\bflask\b"
    r"|\bflask\b.*--debug\b|\bfastapi dev\b|\bnext dev\b|\bvite\b(?! (build|preview))|\bair\b|\bwatchmedo\b|\bhupper\b"
    r"|\bwatchfiles\b|--server\.runOnSave"
)
_SHOWN = 3  # files in a message
_STRENGTH = ("sync", "sync+exec", "restart", "sync+restart", "rebuild")


@dataclass(frozen=True, kw_only=True)
class Takeover:
    """What is to be done for a service: its strongest action, the files to sync and where, the commands to run."""

    service: str
    action: str
    files: tuple[Path, ...]  # that changed
    synced: tuple[tuple[Path, str], ...] = ()
    runs: tuple[WatchExec, ...] = ()
    mounted: tuple[tuple[Path, str], ...] = ()  # files that are mounted, and where

    @property
    def named(self) -> str:
        """The names of the first files, for a message."""
        names = [path.name for path in self.files[:_SHOWN]]
        return ", ".join([*names, *([f"and {len(self.files) - _SHOWN} more"] if len(self.files) > _SHOWN else [])])

    def contained(self, bounds: Bounds) -> tuple[list[tuple[Path, str]], list[Path]]:
        """The resolved files to sync that are within the bounds, and where; and the other files."""
        kept = [(path.resolve(), target) for path, target in self.synced if bounds.contain(path)]
        return kept, [path for path, _ in self.synced if not bounds.contain(path)]


@dataclass(frozen=True, kw_only=True)
class ServiceRules:
    """The rules of one service; `is_default` if they are what build and command suggest."""

    service: Service
    rules: tuple[WatchRule, ...]
    is_default: bool
    ignored: Ignored

    @property
    def paths(self) -> list[Path]:
        """The files and folders to watch."""
        return [one.path for one in self.rules]

    @property
    def files(self) -> Iterator[Path]:
        """The files whose changes count."""
        yield from self._files_of(self.rules)

    @property
    def mounted(self) -> Iterator[Path]:
        """Those that a container sees as they are, because they are mounted."""
        yield from self._files_of([one for one in self.rules if one.target and one.action == "restart"])

    def _files_of(self, chosen: Sequence[WatchRule]) -> Iterator[Path]:
        for rule in chosen:
            found = (path for path in _files(rule.path) if _is_matched(rule, path))
            yield from (path for path in found if not (is_no_source(path) or self._is_left_out(path)))

    def due(self, changed: Sequence[Path]) -> Takeover | None:
        """What the changes of files ask for; None if nothing."""
        actions: list[str] = []
        synced: list[tuple[Path, str]] = []
        runs: list[WatchExec] = []
        counted: list[Path] = []
        mounted: list[tuple[Path, str]] = []
        for path in changed:
            for rule in self._matching(path):
                counted += [path] if path not in counted else []
                actions.append(rule.action)
                if rule.target:
                    (synced if rule.action.startswith("sync") else mounted).append((path, _target(rule, path)))
                if rule.exec and rule.exec not in runs:
                    runs.append(rule.exec)
        if not actions:
            return None
        strongest = max(actions, key=_STRENGTH.index)
        return Takeover(
            service=self.service.name,
            action="sync+restart" if strongest == "restart" and synced else strongest,
            files=tuple(counted),
            synced=tuple(synced),
            runs=tuple(runs),
            mounted=tuple(mounted),
        )

    def initial(self) -> Takeover | None:
        """The copies that rules with `initial_sync` ask for when the watch begins."""
        found = [
            (path, _target(rule, path))
            for rule in self.rules
            if rule.initial_sync
            for path in _files(rule.path)
            if _is_matched(rule, path) and not self._is_left_out(path)
        ]
        files = tuple(path for path, _ in found)
        return Takeover(service=self.service.name, action="sync", files=files, synced=tuple(found)) if found else None

    def _matching(self, path: Path) -> Iterator[WatchRule]:
        """The rules for a file; of the default ones the first alone."""
        if self._is_left_out(path):
            return
        for rule in self.rules:
            if _is_matched(rule, path):
                yield rule
                if self.is_default:
                    return

    def _is_left_out(self, path: Path) -> bool:
        base = self.service.build.context if self.service.build else self.service.folder
        parts = path.relative_to(base).parts if path.is_relative_to(base) else path.parts[-1:]
        if any(one in _OF_TOOLS or _CACHES.fullmatch(one) for one in parts):
            return True
        name = "/".join(parts)
        return path.is_relative_to(base) and name in self.ignored and path.name != ".dockerignore"


def of(service: Service, *, copies: bool) -> ServiceRules:
    """The rules of a service; `copies`: its engine runs a copy of the files, made by its build."""
    rules = service.watch
    own = service.build.context if service.build else service.folder
    return ServiceRules(
        service=service,
        rules=rules if rules is not None else tuple(_default(service, copies=copies)),
        is_default=rules is None,
        ignored=dockerignore.read(own, service.build.dockerfile if service.build else None),
    )


def reloads(command: Command) -> bool:
    """Whether a command takes changes of its files over by itself."""
    return _RELOADS.search(_words(command)) is not None


def prepares(service: Service, path: Path) -> bool:
    """Whether a step that prepares a service's folder goes by a file: a manifest, or code that is compiled.

    Code of Python runs from its folder, also where the project is installed, unless it is below `src`.
    """
    steps = service.native.setup if service.native else ()
    if not steps or is_manifest(path):
        return bool(steps)
    inside = path.relative_to(service.folder).parts if path.is_relative_to(service.folder) else ()
    return any(one.reads_code and (inside[:1] == ("src",) or not _installs(one.command)) for one in steps)


def _installs(command: Command) -> bool:
    return re.search(r"\bpip3? .*\binstall\b", _words(command)) is not None


def _words(command: Command) -> str:
    return " ".join("".join(part if isinstance(part, str) else "" for part in word.parts) for word in command)


def is_manifest(path: Path) -> bool:
    """Whether dependencies are read from a file."""
    return _MANIFESTS.fullmatch(path.name) is not None


def is_no_source(path: Path) -> bool:
    """Whether a file is documentation, or named like those that programs and editors write at run time."""
    return _NO_CODE.fullmatch(path.name) is not None or context.is_written(path.name)


def _default(service: Service, *, copies: bool) -> Iterator[WatchRule]:
    if not copies:
        yield from _in_place(service)
    elif service.build:
        yield from _of_build(service)
    yield from _mounted(service) if copies else ()


def _in_place(service: Service) -> Iterator[WatchRule]:
    """A restart, which prepares what is due; nothing but that where the command reloads itself."""
    steps = service.native.setup if service.native else ()
    if reloads(service.local_command) and not any(one.reads_code for one in steps):
        for step in steps:
            yield from (WatchRule(path=service.folder / name, action="restart") for name in step.inputs)
        return
    yield WatchRule(path=service.folder, action="restart")


def _of_build(service: Service) -> Iterator[WatchRule]:
    build, reload = service.build, reloads(service.local_command)
    assert build is not None
    folder = build.context
    if build.file is not None:
        yield WatchRule(path=build.file, action="rebuild")
    text = build.dockerfile_inline or (
        build.file.read_text(errors="replace") if build.file and build.file.is_file() else ""
    )
    for one in dockerfile.copied(text, build.target):
        source = folder / one.source if one.source else folder
        is_file = source.is_file()
        if is_manifest(source) or (is_file and _COMPILED.fullmatch(source.name)):
            continue
        target = str(PurePosixPath(one.target) / source.name) if is_file and one.is_into else one.target
        yield WatchRule(path=source, action="sync" if reload else "sync+restart", target=target, ignore=_BUILT)
    read = dockerfile.read(text)
    for path in [folder] if read is None else [folder / one for one in read]:
        yield WatchRule(path=path, action="rebuild")


_BUILT = ("**/Dockerfile*", "**/*.go", "**/*.rs", "**/*.java", "**/*.kt", "**/*.c", "**/*.cpp", "**/*.cs")


def _mounted(service: Service) -> Iterator[WatchRule]:
    """Folders of this machine that are mounted: a restart, unless the command reloads itself."""
    if reloads(service.local_command) or service.at is None:
        return
    for one in service.compose.get("volumes", ()):
        source, target = one.split(":")[:2] if isinstance(one, str) and ":" in one else ("", "")
        if isinstance(one, Mapping):
            source, target = one.get("source", ""), one.get("target", "")
        if isinstance(source, str) and source.startswith((".", "/")):
            path = (service.at.file.parent / source).resolve()
            yield WatchRule(path=path, action="restart", target=str(target).rstrip("/") or None)


def _files(path: Path) -> Sequence[Path]:
    return inputs.tracked(path) if path.is_dir() else [path]


def _is_matched(rule: WatchRule, path: Path) -> bool:
    if path != rule.path and not path.is_relative_to(rule.path):
        return False
    name = path.relative_to(rule.path).as_posix() if path != rule.path else path.name
    if rule.include and name not in _patterns(rule.include):
        return False
    if rule.ignore and name in _patterns(rule.ignore):
        return False
    return not (rule.action.startswith("sync") and not rule.include and is_manifest(path) and path != rule.path)


def _patterns(lines: Sequence[str]) -> Ignored:
    return dockerignore.parsed("\n".join(lines))


def _target(rule: WatchRule, path: Path) -> str:
    assert rule.target
    return (
        rule.target if path == rule.path else str(PurePosixPath(rule.target) / path.relative_to(rule.path).as_posix())
    )
