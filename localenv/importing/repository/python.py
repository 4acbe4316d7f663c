"""Projects of Python without a Dockerfile: FastAPI, Flask, Django and others, by their files."""

import re
from itertools import takewhile
from pathlib import Path

from localenv.importing import programs, reading
from localenv.importing.repository.dockerfiles import own_name
from localenv.importing.repository.finds import Finds, FoundService

_APP = re.compile(r"^(\w+)(?::\s*\w+)?\s*=\s*(?:\w+\.)?(FastAPI|Starlette|Litestar|Quart|Sanic|Flask)\(", re.MULTILINE)
_FACTORY = re.compile(r"^def (create_app|make_app|get_app)\(", re.MULTILINE)
_ASGI = ("FastAPI", "Starlette", "Litestar", "Quart")
_RUNS = re.compile(r"(?:\.run|run_app|serve)\([^)]*?\bport\s*=\s*(\d{4,5})")
_SETTING = re.compile(
    r"^[ \t]+(?:(?:app|server|http|api|web|service|uvicorn|listen)_)?port[ \t]*:[ \t]*int[ \t]*=[ \t]*(\d{4,5})\b",
    re.IGNORECASE | re.MULTILINE,
)
_SRC = "src"
_OF_SRC = re.compile(r"^\s*(?:from|import) src\b", re.MULTILINE)
_PROGRAMS = ("app", "api", "server", "web", "serve", "main", "start")
_OLDEST = re.compile(r"3\.(\d+)")


def detect(finds: Finds) -> None:
    """Add a service for each folder with a project of Python that has none yet."""
    for folder in finds.folders:
        if not programs.has_python(folder) or finds.service_at(folder) or _is_part(finds, folder):
            continue
        command, port = start(finds, folder)
        if not command:
            continue
        name = own_name(finds, folder, "python")
        setup = tuple(programs.python_setup(folder))
        version = _version(folder)
        finds.services[name] = FoundService(
            name=name,
            folder=folder,
            inline=inline(folder, version, setup),
            command=command,
            setup=setup,
            port=port,
            language="python",
            version=_named(folder),
            comments={"command": "found in the source"},
        )


def start(finds: Finds, folder: Path) -> tuple[str, int | None]:
    """The command that starts a project, and the port that it then listens on."""
    if programs.is_django(folder):
        return "python manage.py runserver ${bind}:${port}", 8000
    for file, text in finds.sources:
        if file.suffix != ".py" or not file.is_relative_to(folder) or _is_others(finds, file, folder):
            continue
        found, factory = _APP.search(text), _FACTORY.search(text)
        made = next((one for one in (*_ASGI, "Flask") if one in text), "") if factory else ""
        if not found and not made:
            continue
        module = _module(finds, file, folder)
        kind = found[2] if found else made
        is_below = module.startswith(f"{_SRC}/")
        if kind in _ASGI:
            below = f" --app-dir {_SRC}" if is_below else ""
            app = found[1] if found else f"{factory[1] if factory else 'app'} --factory"
            return f"uvicorn {module.removeprefix(f'{_SRC}/')}:{app}{below} --host ${{bind}} --port ${{port}}", 8000
        if kind == "Flask":
            return (
                f"flask --app {module.replace('.', '/') if is_below else module} run --host ${{bind}} --port ${{port}}",
                5000,
            )
    main = next((name for name in ("main.py", "app.py", "server.py", "run.py") if (folder / name).is_file()), "")
    if main:
        return f"python {main}", _port(folder / main)
    script = _script(folder)
    return (script, None) if script else ("", None)


def _script(folder: Path) -> str:
    """The program that the project installs under the usual name of a server; empty if there is none."""
    project = programs.toml(folder / "pyproject.toml").get("project")
    scripts = project.get("scripts") if isinstance(project, dict) else None
    names = [str(one) for one in scripts] if isinstance(scripts, dict) else []
    return next((one for one in names if one in _PROGRAMS), "")


def _is_others(finds: Finds, file: Path, folder: Path) -> bool:
    """Whether a file belongs to a project below this one, which is a service of its own."""
    between = [one for one in file.parents if one.is_relative_to(folder) and one != folder]
    services = {one.folder for one in finds.services.values()}
    return any(one in services or (one / "pyproject.toml").is_file() for one in between)


def said_port(finds: Finds, folder: Path) -> int | None:
    """The port that its sources name where they start a server, or in its settings."""
    own = [text for file, text in finds.sources if file.suffix == ".py" and file.is_relative_to(folder)]
    found = (match for pattern in (_RUNS, _SETTING) for text in own if (match := pattern.search(text)))
    return next((int(match[1]) for match in found), None)


def inline(folder: Path, version: str, setup: tuple[str, ...]) -> str:
    """A Dockerfile for a project that has none."""
    steps = [f"RUN {step}" for step in setup]
    environment = "ENV PYTHONUNBUFFERED=1" + (" UV_PROJECT_ENVIRONMENT=/usr/local" if "pip install uv" in setup else "")
    poetry = ["ENV POETRY_VIRTUALENVS_CREATE=false"] if any("poetry" in step for step in setup) else []
    lines = [f"FROM python:{version}-slim", "WORKDIR /app", environment, *poetry, "COPY . .", *steps]
    return "\n".join(lines) + "\n"


def _version(folder: Path) -> str:
    """The version that the project names, else one that it accepts."""
    if named := _named(folder):
        return named
    written = programs.toml(folder / "pyproject.toml").get("project")
    wanted = str(written.get("requires-python", "")) if isinstance(written, dict) else ""
    upper = re.search(r"<\s*3\.(\d+)", wanted)
    exact = re.search(r"(?:==|~=)\s*3\.(\d+)", wanted)
    if exact:
        return f"3.{exact[1]}"
    return f"3.{min(13, int(upper[1]) - 1)}" if upper else "3.13"


def _named(folder: Path) -> str:
    """The version in `.python-version` or `runtime.txt`; empty if there is none."""
    found = (_OLDEST.search(reading.text(folder / name)) for name in (".python-version", "runtime.txt"))
    return next((f"3.{one[1]}" for one in found if one), "")


def _module(finds: Finds, file: Path, folder: Path) -> str:
    """The module of a file; one that is neither in a package `src` nor installed is `src/NAME`."""
    parts = file.relative_to(folder).with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    if parts[:1] != (_SRC,) or len(parts) == 1 or _is_imported(finds, folder):
        return ".".join(parts)
    inside = len([*takewhile(lambda one: (one / "__init__.py").is_file(), file.parents)])
    is_deeper = inside and _is_installed(folder)  # as `app` in src/python/app
    return f"{'' if _is_installed(folder) else f'{_SRC}/'}{'.'.join(parts[-inside - 1 :] if is_deeper else parts[1:])}"


def _is_imported(finds: Finds, folder: Path) -> bool:
    """Whether `src` is itself a package."""
    own = (text for file, text in finds.sources if file.suffix == ".py" and file.is_relative_to(folder))
    return (folder / _SRC / "__init__.py").is_file() or any(_OF_SRC.search(text) for text in own)


def _is_installed(folder: Path) -> bool:
    """Whether setting the project up puts what is in `src` where Python finds it."""
    project = programs.toml(folder / "pyproject.toml")
    return "project" in project or (folder / "setup.py").is_file()


def _port(file: Path) -> int | None:
    found = re.search(
        r"port\s*=\s*(\d{4,5})|\(\s*['\"][\d.]*['\"]\s*,\s*(\d{4,5})\s*\)|PORT['\"]\s*,\s*['\"]?(\d{4,5})",
        reading.text(file),
    )
    return int(next(filter(None, found.groups()))) if found else None


def _is_part(finds: Finds, folder: Path) -> bool:
    """Whether a folder belongs to a project above it."""
    return any(folder.is_relative_to(one.folder) and one.folder != finds.home for one in finds.services.values()) or (
        folder != finds.home and bool(finds.service_at(finds.home)) and not (folder / "pyproject.toml").is_file()
    )
