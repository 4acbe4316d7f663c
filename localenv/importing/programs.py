"""How the program of a folder runs without a container: its language, what prepares it, its command."""

import json
import os
import posixpath
import re
import shlex
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localenv.importing import installs, node_packages, reading
from localenv.importing.dockerfile import Dockerfile, copied, missing

_PYTHON = re.compile(r"(?:.*/)?(?:uv:)?python(?:@|$|:?(\d+\.\d+)?)")
_NODE = re.compile(r"(?:.*/)?node(?:@|$|:(\d+)?)")
_PLAIN = re.compile(
    r"(?:.*/)?(debian|ubuntu|alpine|bun|ubi\d|fedora|amazonlinux|base-debian\d+|nodejs\d*-debian\d+)(:|@|$)"
)
_LISTS = ("requirements.txt", "requirements/base.txt", "requirements/dev.txt", "requirements/local.txt")
_MAINS = ("cmd/*.go", "cmd/*/*.go", "*/main.go", "*/*/main.go")
_SERVERS = ("server", "api", "app", "web", "service", "main")  # names of folders whose program listens
_MAIN = re.compile(r"^func main\(\)", re.MULTILINE)
_OUTPUTS = ("dist", "build", "target", "out", "publish", ".next", ".output")


@dataclass(frozen=True, kw_only=True)
class FoundProgram:
    """The program in a folder; empty where nothing is known."""

    language: str = ""  # python, node
    version: str = ""
    setup: tuple[str, ...] = ()
    command: str | tuple[str, ...] = ""
    why: str = ""  # where its command was found
    folder: Path | None = None  # where it runs, if that is below the folder of its build


_OTHERS = {  # by a file in the folder
    "Cargo.toml": FoundProgram(language="rust", command="cargo run"),
    "bin/rails": FoundProgram(
        language="ruby", setup=("bundle install",), command="bin/rails server -b ${bind} -p ${port}"
    ),
    "mvnw": FoundProgram(language="java", command="./mvnw spring-boot:run"),
    "gradlew": FoundProgram(language="java", command="./gradlew bootRun"),
}


def of(folder: Path, dockerfile: Dockerfile | None = None) -> FoundProgram:
    """What manifests and the Dockerfile of a folder say."""
    base = dockerfile.base if dockerfile else ""
    is_open = not base or _PLAIN.match(base) is not None  # what runs is not written by the image
    if _PYTHON.match(base) or (is_open and has_python(folder) and not has_node(folder)):
        found, inside = _PYTHON.match(base), working_folder(dockerfile, folder)
        return FoundProgram(
            language="python",
            version=(found and found[1]) or "",
            setup=_python_setup(dockerfile, folder, "" if inside == folder else os.path.relpath(folder, inside) + "/"),
            command=_of_image(dockerfile, folder, inside),
            why="as in the image",
            folder=None if inside == folder else inside,
        )
    if _NODE.match(base) or (is_open and has_node(folder)):
        found = _NODE.match(base)
        return FoundProgram(
            language="node",
            version=(found and found[1]) or "",
            setup=(*node_setup(folder), *(installs.of_node(dockerfile) if dockerfile else ())),
            command=_of_image(dockerfile, folder, folder) or node_command(folder),
            why="as in the image" if _of_image(dockerfile, folder, folder) else "of package.json",
        )
    if (folder / "go.mod").is_file():
        return FoundProgram(language="go", command=f"go run {go_package(folder) or '.'}")
    return next((found for name, found in _OTHERS.items() if (folder / name).is_file()), FoundProgram())


def go_package(folder: Path) -> str:
    """The package with the main program of a module of Go, by usual names first; empty if there is none."""
    if _has_main(folder.glob("*.go")):
        return "."
    below = {file.parent for pattern in _MAINS for file in folder.glob(pattern)}
    usual = sorted(below, key=lambda one: (one.name not in (*_SERVERS, folder.name), len(one.parts), one))
    found = next((one for one in usual if _has_main(one.glob("*.go"))), None)
    return f"./{found.relative_to(folder).as_posix()}" if found else ""


def _has_main(files: Iterable[Path]) -> bool:
    return any(_MAIN.search(reading.text(one)) for one in sorted(files))


def has_python(folder: Path) -> bool:
    """Whether a folder holds a project of Python."""
    names = ("pyproject.toml", "requirements.txt", "Pipfile", "setup.py", "manage.py", *_LISTS)
    return any((folder / name).is_file() for name in names)


def is_django(folder: Path) -> bool:
    """Whether a folder has a `manage.py` of Django; other frameworks have such files too."""
    written = reading.text(folder / "manage.py")
    is_of_it = re.search(r"django\.core|DJANGO_SETTINGS_MODULE|execute_from_command_line", written)
    return (folder / "manage.py").is_file() and (not written or is_of_it is not None)


def has_node(folder: Path) -> bool:
    """Whether a folder holds a project of Node."""
    return (folder / "package.json").is_file()


def working_folder(dockerfile: Dockerfile | None, folder: Path) -> Path:
    """The folder of the repository that the image has as its working folder; the build's own if that is not certain."""
    found: list[Path] = []
    for source, target in dockerfile.copies if dockerfile else ():
        inside = posixpath.relpath(dockerfile.folder or "/", target) if dockerfile and target.startswith("/") else ".."
        own = folder / source.lstrip("./")
        if not inside.startswith("..") and ".." not in source and own.is_dir() and (own / inside).is_dir():
            found.append(Path(os.path.normpath(own / inside)))
    return found[0] if len({*found}) == 1 else folder


def python_setup(folder: Path, up: str = "") -> Iterator[str]:
    """The commands that install its packages, by the first list or lock file there is, from a folder below it."""
    project = toml(folder / "pyproject.toml")
    tools = project.get("tool") if isinstance(project.get("tool"), dict) else {}
    if (folder / "uv.lock").is_file():
        yield from ("pip install uv", "uv sync --frozen")
    elif (folder / "poetry.lock").is_file() or (isinstance(tools, dict) and "poetry" in tools):
        yield from ("pip install poetry", "poetry install --no-root")
    elif (folder / "Pipfile").is_file():
        locked = "pipenv sync" if (folder / "Pipfile.lock").is_file() else "pipenv install --skip-lock"
        yield from ("pip install pipenv", locked)
    elif found := next((name for name in _LISTS if (folder / name).is_file()), None):
        yield f"pip install -r {up}{found}"
    elif "build-system" in project or (folder / "setup.py").is_file():
        yield f"pip install {up or '.'}"
    elif dependencies := _dependencies(project):
        yield shlex.join(["pip", "install", *dependencies])


def _python_setup(dockerfile: Dockerfile | None, folder: Path, up: str) -> tuple[str, ...]:
    """As the image does where that names a list of the folder, else by the usual ones; then its further packages."""
    lists, packages = installs.of_python(dockerfile, folder, up) if dockerfile else ([], [])
    return (*(lists or python_setup(folder, up)), *packages)


def node_setup(folder: Path) -> Iterator[str]:
    """The commands that install its packages, and build it where its start needs that."""
    package = manifest(folder / "package.json")
    if not (package.get("dependencies") or package.get("devDependencies") or package.get("workspaces")):
        return
    yield node_packages.install(folder, package)
    if needs_build(package):
        yield "npm run build"


def node_command(folder: Path) -> str:
    """What starts it: its script `start`, else one such as `start:prod`, `dev` or `serve`, else its main file."""
    package = manifest(folder / "package.json")
    scripts = package.get("scripts") if isinstance(package.get("scripts"), dict) else {}
    assert isinstance(scripts, dict)
    for name in ("start", "start:prod", "dev", "serve", "start:dev", "develop"):
        if script := str(scripts.get(name) or "").strip():
            return script if re.fullmatch(r"node(\s+[\w./=:-]+)+", script) else f"npm run {name}"
    main = package.get("main")
    usual = ("server.js", "index.js", "app.js", "src/index.js", "src/server.js", "server.mjs", "index.mjs")
    known = (one for one in (main, *usual) if isinstance(one, str) and (folder / one).is_file())
    return next((f"node {one}" for one in known), "")


def manifest(file: Path) -> Mapping[str, Any]:
    """A `package.json`; empty if it is not readable."""
    try:
        found = json.loads(reading.text(file))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def toml(file: Path) -> Mapping[str, Any]:
    """A `pyproject.toml` and its like; empty if it is not readable."""
    try:
        return tomllib.loads(reading.text(file))
    except (ValueError, RecursionError):
        return {}


def needs_build(package: Mapping[str, Any]) -> bool:
    """Whether what starts a project of Node is made by its script `build`."""
    scripts = package.get("scripts")
    if not isinstance(scripts, dict) or "build" not in scripts:
        return False
    start = str(scripts.get("start", scripts.get("start:prod", "")))
    return bool(re.search(r"\b(next start|vite start|dist/|build/|\.output|serve -s|preview)", start))


def _dependencies(project: Mapping[str, Any]) -> list[str]:
    written = project.get("project")
    listed = written.get("dependencies") if isinstance(written, dict) else None
    return [str(one) for one in listed] if isinstance(listed, list) else []


def _of_image(dockerfile: Dockerfile | None, folder: Path, inside: Path) -> str | tuple[str, ...]:
    """The command of an image, for this machine: paths of the image lead to those of the build, or to PATH.

    None of an image that copies what another program has to build first.
    """
    if dockerfile is None or missing(dockerfile, folder).partition("/")[0] in _OUTPUTS:
        return ""
    if dockerfile.is_entrypoint_shell:
        return line(dockerfile.entrypoint[0])
    words: Sequence[str] = (*dockerfile.entrypoint, *dockerfile.command)
    if words and not dockerfile.entrypoint and "distroless/nodejs" in dockerfile.base:
        words = ("node", *words)
    if dockerfile.is_shell and len(dockerfile.command) == 1:
        return line(dockerfile.command[0])
    return line([_here(word, dockerfile, folder, inside) if "/" in word else word for word in words]) if words else ""


def here(words: Sequence[str], dockerfile: Dockerfile, folder: Path) -> list[str]:
    """The words of a command of the image, with the files of the build in place of the image's."""
    inside = working_folder(dockerfile, folder)
    return [_here(word, dockerfile, folder, inside) for word in words]


def _here(word: str, dockerfile: Dockerfile, folder: Path, inside: Path) -> str:
    if not word.startswith("/"):
        return word
    if found := copied(word, dockerfile, folder):
        shown = os.path.relpath(folder / found, inside)
        return shown if "/" in shown else f"./{shown}"
    root = dockerfile.folder
    below = word.removeprefix(root.rstrip("/") + "/") if root else word
    if not below.startswith("/") and (folder / below).exists():
        return below if "/" in below else f"./{below}"
    own = word.lstrip("/")
    return f"./{own}" if (folder / own).exists() else word.rpartition("/")[2] if "/bin/" in word else word


def line(words: str | Sequence[str]) -> str | tuple[str, ...]:
    """A command as a line where that is the same, else as a list."""
    if isinstance(words, str):
        if re.search(r"[;&|<>`$*?(){}\n\"']", words):
            return ("sh", "-c", words)
        return words
    is_simple = all(re.fullmatch("[\\w@%+=:,./\U00100000-\U0010fffd-]+", word) for word in words)
    return " ".join(words) if is_simple else tuple(words)
