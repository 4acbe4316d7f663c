"""Read what a Dockerfile says of the program: stages, base image, ports, command, copied files."""

import json
import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localenv.importing import reading

_MOST = 1 << 18  # characters
_CONTINUED = re.compile(r"\\[ \t]*\r?\n")
_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})")
_FROM = re.compile(r"--from=([\w.-]+)")
_HEREDOC = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?")


@dataclass(frozen=True, kw_only=True)
class BuildStage:
    """One stage: what it is built from, and its instructions."""

    base: str
    name: str = ""
    instructions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Dockerfile:
    """The stage that runs, with what it has of the stages that it is built on."""

    base: str = ""  # the image at the bottom
    ports: tuple[int, ...] = ()
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    is_entrypoint_shell: bool = False  # a line for a shell, which is given no arguments
    is_shell: bool = False  # the command is a line for a shell
    folder: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    copies: tuple[tuple[str, str], ...] = ()  # source in the context, and target; that of a folder ends in a slash
    instructions: tuple[str, ...] = ()  # their names
    runs: tuple[str, ...] = ()  # the commands of RUN, with those of stages that it copies from
    stages: tuple[str, ...] = ()
    user: str = ""


def missing(image: Dockerfile, folder: Path) -> str:
    """What it copies that the folder of the build does not have; empty for nothing."""
    plain = (source.lstrip("/").removeprefix("./").rstrip("/") for source, _ in image.copies)
    certain = (one for one in plain if one not in ("", ".") and not re.search(r"[$:<]|\.\.", one))
    return next((one for one in certain if not (folder / re.sub(r"/?[^/]*[*?\[].*", "", one)).exists()), "")


def read(
    file: Path, target: str = "", arguments: Mapping[str, str] | None = None, *, within: Path | None = None
) -> Dockerfile | None:
    """The final stage, or `target`; None if there is no readable Dockerfile in the repository, or in `within`."""
    return parsed(reading.text(file, within=within, most=_MOST), target, arguments or {})


def parsed(text: str, target: str = "", arguments: Mapping[str, str] | None = None) -> Dockerfile | None:
    """As `read`, from a text."""
    known: dict[str, str] = {}
    stages: list[BuildStage] = []
    for name, rest in _instructions(text):
        if name == "ARG" and not stages:
            key, _, default = rest.partition("=")
            known[key.strip()] = (arguments or {}).get(key.strip()) or default.strip().strip("\"'")
        elif name == "FROM":
            words = [word for word in rest.split() if not word.startswith("--")]
            base = _filled(words[0], known) if words else ""
            stages.append(BuildStage(base=base, name=words[2].lower() if len(words) > 2 else ""))
        elif stages:
            last = stages[-1]
            stages[-1] = BuildStage(base=last.base, name=last.name, instructions=(*last.instructions, (name, rest)))
    chosen = next((one for one in stages if target and one.name == target.lower()), stages[-1] if stages else None)
    return _whole(chosen, stages, arguments or {}) if chosen else None


def defaults(text: str) -> dict[str, str]:
    """The arguments of the build that have a plain default."""
    found = (rest.strip().partition("=") for name, rest in _instructions(text[:_MOST]) if name == "ARG")
    plain = ((key, default.strip("\"'")) for key, _, default in found)
    return {key: default for key, default in plain if default and not re.search(r"[$\s{}\"']", default)}


def _whole(chosen: BuildStage, stages: list[BuildStage], arguments: Mapping[str, str]) -> Dockerfile:
    chain = _chain(chosen, stages)
    found: dict[str, tuple[bool, tuple[str, ...]]] = {}
    ports: list[int] = []
    environment: dict[str, str] = {}
    given: dict[str, str] = {}
    copies: list[tuple[str, str]] = []
    folder = user = ""
    for name, rest in (one for stage in chain for one in stage.instructions):
        match name:
            case "EXPOSE":
                ports += _exposed(_filled(rest, environment))
            case "CMD" | "ENTRYPOINT":
                found[name] = _words(rest)
                if name == "ENTRYPOINT":
                    found.pop("CMD", None)
            case "WORKDIR":
                folder = posixpath.join(folder, _filled(rest.strip().strip("\"'"), environment))
            case "USER":
                user = rest.strip()
            case "ARG":
                name_of, _, default = rest.strip().partition("=")
                given |= {name_of: arguments.get(name_of) or default.strip("\"'")}
            case "ENV":
                environment |= {key: _filled(value, {**given, **environment}) for key, value in _assigned(rest).items()}
            case "COPY" | "ADD":
                copies += ((source, _at(folder, _filled(target, environment))) for source, target in _copied(rest))
    is_shell, command = found.get("CMD", (False, ()))
    is_entrypoint_shell, entrypoint = found.get("ENTRYPOINT", (False, ()))
    return Dockerfile(
        base=chain[0].base,
        ports=tuple(dict.fromkeys(ports)),
        command=tuple(_filled(word, environment) if not is_shell else word for word in command),
        entrypoint=entrypoint,
        is_entrypoint_shell=is_entrypoint_shell,
        is_shell=is_shell,
        folder=folder,
        environment=environment,
        copies=tuple(copies),
        instructions=tuple(dict.fromkeys(name for stage in chain for name, _ in stage.instructions)),
        runs=tuple(_filled_run(rest, {**given, **environment}) for rest in _runs(chain, stages)),
        stages=tuple(one.name for one in stages if one.name),
        user=user,
    )


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if not re.match(r"\s*#", line)]
    ending, script = "", ""  # of a document inside it; the lines of one that RUN runs
    for line in _CONTINUED.sub(" ", "\n".join(lines)).split("\n"):
        if ending:
            if line.strip() == ending and script:
                yield "RUN", script
            elif script:
                script += f"\n{line}"
            ending = "" if line.strip() == ending else ending
            continue
        if found := _INSTRUCTION.fullmatch(line):
            name = found[1].upper()
            here = _HEREDOC.search(found[2]) if name in ("RUN", "COPY", "ADD") else None
            ending, script = (here[1], ":" if name == "RUN" else "") if here else ("", "")
            yield name, found[2].strip()


def _words(rest: str) -> tuple[bool, tuple[str, ...]]:
    """Whether it is a line for a shell, and its words."""
    if rest.startswith("["):
        try:
            written = json.loads(rest)
            return False, tuple(str(one) for one in written)
        except ValueError:
            pass
    return True, (rest,)


def _chain(chosen: BuildStage, stages: list[BuildStage]) -> list[BuildStage]:
    """The stages that a stage is built on, and itself."""
    chain = [chosen]
    while below := next((one for one in stages if one.name and one.name == chain[0].base.lower()), None):
        if below in chain:
            break
        chain.insert(0, below)
    return chain


def _runs(chain: list[BuildStage], stages: list[BuildStage]) -> Iterator[str]:
    """The commands of stages, after those of the stages that they copy from."""
    copied = {found[1].lower() for stage in chain for _, rest in stage.instructions if (found := _FROM.search(rest))}
    others = [one for n, one in enumerate(stages) if {one.name, str(n)} & copied and one not in chain]
    for stage in (*(below for one in others for below in _chain(one, stages) if below not in chain), *chain):
        yield from (rest for name, rest in stage.instructions if name == "RUN")


def _filled_run(rest: str, known: Mapping[str, str]) -> str:
    """A command of RUN with the variables that are known; the others stay, for they are the shell's."""
    return _VARIABLE.sub(lambda found: known.get(found[1] or found[2], found[0]), rest)


def _exposed(rest: str) -> list[int]:
    return [int(word.partition("/")[0]) for word in rest.split() if re.fullmatch(r"\d+(/tcp)?", word)]


def _assigned(rest: str) -> dict[str, str]:
    try:
        words = shlex.split(rest)
    except ValueError:
        return {}
    if words and "=" not in words[0]:
        return {words[0]: " ".join(words[1:])}
    return dict(word.partition("=")[::2] for word in words if "=" in word)


def _copied(rest: str) -> Iterator[tuple[str, str]]:
    is_other = "--from=" in rest
    words = list(_words(rest)[1]) if rest.startswith("[") else [word for word in rest.split() if word[:2] != "--"]
    if not is_other and len(words) > 1:
        yield from ((source, words[-1]) for source in words[:-1])


def _at(folder: str, target: str) -> str:
    """A target of `COPY`, in the working folder that it is relative to."""
    if not folder:
        return target
    is_folder = target.endswith(("/", ".")) or target == ""
    return posixpath.normpath(posixpath.join(folder, target)) + ("/" if is_folder else "")


def _filled(text: str, known: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: known.get(found[1] or found[2], found[3] or ""), text)


def copied(path: str, dockerfile: Dockerfile, folder: Path) -> str:
    """The file of the build's folder that is at a path of the image, relative to the folder; empty if none is."""
    for source, target in dockerfile.copies:
        plain, where = source.removeprefix("./").rstrip("/"), target.rstrip("/")
        is_it = path in (where, f"{where}/{plain.rpartition('/')[2]}")
        if is_it and plain and ".." not in plain and (folder / plain).is_file():
            return plain
        below = path.removeprefix(f"{where}/")
        inside = f"{plain}/{below}".removeprefix("./").lstrip("/")
        if target.startswith("/") and below != path and ".." not in inside and (folder / inside).is_file():
            return inside
    return ""


def entrypoint_file(dockerfile: Dockerfile, folder: Path) -> str:
    """The file of the build's folder that the entrypoint runs, relative to the folder; empty if it runs none."""
    words = " ".join(dockerfile.entrypoint).split()
    paths = (posixpath.join(dockerfile.folder or "/", word) for word in words)
    return next(filter(None, (copied(posixpath.normpath(path), dockerfile, folder) for path in paths)), "")
