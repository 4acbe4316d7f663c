"""Workspaces of npm, yarn, bun and pnpm: folders whose packages are installed, and often built, at their root."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from localenv.importing import node_packages, programs, reading

_PNPM = re.compile(r"^packages:[ \t]*\n((?:[ \t]*(?:-.*|#.*)?\n)+)", re.MULTILINE)
_ENTRY = re.compile(r"^[ \t]*-[ \t]*['\"]?([^'\"#\s]+)", re.MULTILINE)
# what starts or builds all members, of which each is a service of its own
_RUNNERS = re.compile(
    r"(?:npx |pnpm exec |dotenv .*-- )?(turbo|nx|lerna|concurrently|npm-run-all|run-p)\b|pnpm .*(-r|--filter)\b"
    r"|npm .*(-w|--workspaces?)\b|yarn workspaces?\b"
)
_TOOLS = re.compile(r"(tsc|tsup|rollup|unbuild|swc|babel|expo|eslint|vitest|jest|storybook|changeset)\b(?!.*&&)")


def is_root(folder: Path) -> bool:
    """Whether a folder has members."""
    return bool(_patterns(folder))


def root_of(folder: Path, home: Path) -> Path | None:
    """The root that a folder is a member of, in the repository `home`."""
    above = (one for one in folder.parents if one.is_relative_to(home))
    return next((one for one in above if _is_member(folder.relative_to(one).as_posix(), _patterns(one))), None)


def runs_all(line: str) -> bool:
    """Whether a script of a root only starts scripts of its members."""
    return _RUNNERS.match(line) is not None


def is_tool(line: str) -> bool:
    """Whether a script compiles or checks a library, or starts an app of telephones."""
    return _TOOLS.match(line) is not None


def is_library(folder: Path, folders: Iterable[Path]) -> bool:
    """Whether a package is a dependency of another one."""
    name = programs.manifest(folder / "package.json").get("name")
    others = (programs.manifest(one / "package.json") for one in folders if one != folder)
    listed = (one.get(key) for one in others for key in ("dependencies", "devDependencies", "peerDependencies"))
    return any(name in one for one in listed if isinstance(one, dict))


def setup(root: Path, folder: Path) -> tuple[str, ...]:
    """The commands that install a member's packages, and build it where its start needs that, at the root."""
    package, member = programs.manifest(root / "package.json"), programs.manifest(folder / "package.json")
    install, scripts = node_packages.install(root, package), package.get("scripts")
    if not programs.needs_build(member):
        return (install,)
    if isinstance(scripts, dict) and scripts.get("build"):
        return (install, "npm run build")
    return (install, f"npm --prefix {_where(root, folder)} run build")


def inside(command: str, root: Path, folder: Path) -> str | tuple[str, ...]:
    """A command of a member, as it is run at the root."""
    where = _where(root, folder)
    if command.startswith("npm run "):
        return f"npm --prefix {where} {command.removeprefix('npm ')}"
    return ("sh", "-c", f"cd {where} && exec {command}")


def _where(root: Path, folder: Path) -> str:
    return folder.relative_to(root).as_posix()


def _patterns(root: Path) -> list[str]:
    stated = programs.manifest(root / "package.json").get("workspaces")
    listed = stated.get("packages") if isinstance(stated, dict) else stated
    found = _PNPM.search(f"{reading.text(root / 'pnpm-workspace.yaml')}\n")
    entries = _ENTRY.findall(found[1]) if found else listed if isinstance(listed, list) else []
    return [str(one).removeprefix("./").rstrip("/") for one in entries]


def _is_member(name: str, patterns: list[str]) -> bool:
    return any(_matches(name, one) for one in patterns if not one.startswith("!")) and not any(
        _matches(name, one[1:].removeprefix("./")) for one in patterns if one.startswith("!")
    )


def _matches(name: str, pattern: str) -> bool:
    if pattern.endswith("/**"):
        return name.startswith(pattern[:-2])
    parts, wanted = name.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))
