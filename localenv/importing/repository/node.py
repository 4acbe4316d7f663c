"""Projects of Node without a Dockerfile, by their `package.json`."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localenv import process
from localenv.description.names import fitted
from localenv.errors import LocalenvError
from localenv.importing import examples, programs, reading
from localenv.importing.repository import constants, workspaces
from localenv.importing.repository.dockerfiles import own_name, ports_in
from localenv.importing.repository.finds import Finds, FoundService
from localenv.process import Invocation, TimedOut

_PORTS = {  # of frameworks, by their package
    "next": 3000, "nuxt": 3000, "vite": 5173, "@angular/core": 4200, "react-scripts": 3000, "@sveltejs/kit": 5173,
    "astro": 4321, "gatsby": 8000, "@remix-run/dev": 3000, "@vue/cli-service": 8080, "@nestjs/core": 3000,
    "express": 3000, "fastify": 3000, "koa": 3000, "@hapi/hapi": 3000, "strapi": 1337, "@strapi/strapi": 1337,
}  # fmt: skip
_HOSTS = {
    "vite": "--host ${bind} --port ${port}",
    "next": "-H ${bind} -p ${port}",
    "astro": "--host ${bind} --port ${port}",
}
_LISTEN = re.compile(r"\.listen\(\s*(?:process\.env\.PORT\s*(?:\|\||\?\?)\s*)?(\d{2,5})\b")
_PORT = re.compile(r"\bPORT\b['\"\])]*\s*(?:\|\||\?\?)\s*['\"]?(\d{2,5})")
_STARTS = re.compile(r"(start|dev|serve|preview|web|api|server)\b")  # scripts that start the program, not its tools
_SERVED_BY = ("composer.json", "bin/rails", "mix.exs")  # programs whose pages a `package.json` beside them makes
_WORKS = re.compile(r"(start:)?(worker|queue|consumer|scheduler|cron)s?(:(start|prod))?")
_ENV_FILE = re.compile(r"--env-file[= ]([\w./-]+)")
_ALIVE = "20"  # the oldest version that is taken where a project says nothing


def detect(finds: Finds) -> None:
    """Add a service for each folder with a `package.json` and something to start."""
    for folder in finds.folders:
        package = programs.manifest(folder / "package.json")
        if any((folder / name).exists() for name in _SERVED_BY):
            continue
        if not package or finds.service_at(folder) or not (command := programs.node_command(folder)):
            continue
        root = workspaces.root_of(folder, finds.home)
        if _is_apart(finds, folder, command, root):
            continue
        name = own_name(finds, folder, "node")
        setup = workspaces.setup(root, folder) if root else tuple(programs.node_setup(folder))
        port = port_of(finds, folder, package)
        line = _listening(command, package)
        finds.services[name] = FoundService(
            name=name,
            folder=folder,
            context=root,
            inline=inline(version(root or folder, programs.manifest((root or folder) / "package.json")), setup),
            command=workspaces.inside(line, root, folder) if root else line,
            setup=setup,
            port=port,
            language="node",
            comments=_comments(finds, folder, command, port),
        )
        _workers(finds, finds.services[name], package)


def _comments(finds: Finds, folder: Path, command: str, port: int | None) -> dict[str, str]:
    found = {"port": "not certain: the usual one"} if port and not _said(finds, folder) else {}
    for file in _ENV_FILE.findall(command):
        example = examples.of(folder / file)
        if not (folder / file).is_file() and example:
            found["command"] = f"{file} is not here: cp {example.name} {file}"
    return found


def _workers(finds: Finds, base: FoundService, package: Mapping[str, Any]) -> None:
    """Add a service for each script that starts a further program of the same folder, such as a worker."""
    scripts = package.get("scripts")
    names = [name for name in scripts if _WORKS.fullmatch(name)] if isinstance(scripts, dict) else []
    for name in names:
        kind = fitted(name.replace(":", "-").removeprefix("start-").removesuffix("-start"))
        line = f"npm run {name}"
        own = kind if base.folder == finds.home else f"{base.name}-{kind}"
        if own not in finds.services and own not in finds.taken and line != base.command:
            finds.services[own] = FoundService(
                name=own,
                folder=base.folder,
                context=base.context,
                inline=base.inline,
                command=workspaces.inside(line, base.context, base.folder) if base.context else line,
                setup=base.setup,
                language="node",
                is_worker=True,
                comments={"command": "not certain: a further program of package.json"},
            )


def _is_apart(finds: Finds, folder: Path, command: str, root: Path | None) -> bool:
    """Whether a folder holds no program: a root of workspaces, a library, or a part of the program above it."""
    package = programs.manifest(folder / "package.json")
    scripts = package.get("scripts") if isinstance(package.get("scripts"), dict) else {}
    assert isinstance(scripts, dict)
    named = command.removeprefix("npm run ")
    script = next((str(line) for name, line in scripts.items() if named in (name, line)), "") if scripts else ""
    if workspaces.is_root(folder):
        return not _depends(package) or workspaces.runs_all(script)
    if workspaces.is_tool(script):
        return True
    if root and command.startswith("node ") and not script and workspaces.is_library(folder, finds.folders):
        return True
    is_below = root is None and folder != finds.home and finds.service_at(finds.home) is not None
    return is_below and command.startswith("node ") and not scripts


def inline(major: str, setup: tuple[str, ...]) -> str:
    """A Dockerfile for a project that has none."""
    return "\n".join([f"FROM node:{major}-slim", "WORKDIR /app", "COPY . .", *(f"RUN {step}" for step in setup)]) + "\n"


def version(folder: Path, package: Mapping[str, Any]) -> str:
    """The major version that a project asks for, else that of this machine."""
    for name in (".nvmrc", ".node-version"):
        if found := re.search(r"\d+", reading.text(folder / name)):
            return found[0]
    volta, engines = package.get("volta"), package.get("engines")
    for written in (volta, engines):
        wanted = str(written.get("node", "")) if isinstance(written, dict) else ""
        if found := re.search(r"(\d+)", wanted):
            is_least = wanted.lstrip().startswith((">", "*")) and "<" not in wanted
            return str(max(int(found[1]), int(_ALIVE))) if is_least else found[1]
    return _here() or _ALIVE


def port_of(finds: Finds, folder: Path, package: Mapping[str, Any]) -> int | None:
    """The port that its scripts or sources name, else the usual one of its framework."""
    depends = _depends(package)
    return _said(finds, folder) or next((port for name, port in _PORTS.items() if name in depends), None)


def _said(finds: Finds, folder: Path) -> int | None:
    package = programs.manifest(folder / "package.json")
    scripts = package.get("scripts")
    lines = [str(line) for name, line in scripts.items() if _STARTS.match(name)] if isinstance(scripts, dict) else []
    if found := ports_in(" ".join(line for line in lines if not line.startswith("docker"))):
        return found
    for file, text in finds.sources:
        is_own = file.is_relative_to(folder) and file.suffix in (".js", ".ts", ".mjs", ".cjs")
        if is_own and (
            match := _LISTEN.search(constants.filled(text)) or (_PORT.search(text) if "listen" in text else None)
        ):
            return int(match[1])
    return None


def _depends(package: Mapping[str, Any]) -> set[str]:
    found = [package.get(key) for key in ("dependencies", "devDependencies")]
    return {name for one in found if isinstance(one, dict) for name in one}


def _listening(command: str, package: Mapping[str, Any]) -> str:
    """The command with the address to listen on, where its program takes one."""
    found = next((options for name, options in _HOSTS.items() if name in _depends(package)), "")
    is_script = command.startswith("npm run ")
    scripts = package.get("scripts")
    line = str(scripts.get(command.removeprefix("npm run "), "")) if isinstance(scripts, dict) else ""
    is_own = is_script and re.match(r"(vite|next|astro)\b", line) and "&&" not in line
    return f"{command} -- {found}" if found and is_own else command


def _here() -> str:
    try:
        written = process.run(Invocation(argv=("node", "--version"), folder=process.NEUTRAL), timeout=5)
    except (LocalenvError, TimedOut):
        return ""
    found = re.match(r"v(\d+)", written.output)
    return found[1] if found and int(found[1]) % 2 == 0 else ""
