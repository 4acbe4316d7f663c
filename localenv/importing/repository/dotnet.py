"""A program of ASP.NET Core without a Dockerfile."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from localenv.host import contained
from localenv.importing import reading
from localenv.importing.repository.finds import Finds, FoundService

_WEB = re.compile(r"Sdk\s*=\s*\"Microsoft\.NET\.Sdk\.Web\"")
_FRAMEWORK = re.compile(r"<TargetFrameworks?>net(\d+\.\d+)")
_SHARED = "Directory.Build.props"
_DEPTH = 4
_ASIDE = re.compile(r"(^|[./])(tests?|samples?|examples?|benchmarks?|docs|bin|obj|node_modules)([./]|$)", re.IGNORECASE)
_PORT = 8080


def is_here(folder: Path) -> bool:
    """Whether a folder holds a solution or a project of .NET."""
    return any(any(folder.glob(pattern)) for pattern in ("*.sln", "*.slnx", "*.csproj"))


def program(finds: Finds, folder: Path) -> FoundService | None:
    """The service of its program for the web; None if there is none."""
    found = sorted(projects(finds, folder), key=lambda one: (len(one.parts), one))
    if not found:
        return None
    project = found[0]
    shown = project.parent.relative_to(folder).as_posix()
    version = _FRAMEWORK.search(reading.text(project)) or _FRAMEWORK.search(reading.text(folder / _SHARED))
    image = f"mcr.microsoft.com/dotnet/sdk:{version[1] if version else '8.0'}"
    is_development = '"Development"' in reading.text(project.parent / "Properties" / "launchSettings.json")
    lines = [
        f"FROM {image}",
        "WORKDIR /app",
        "COPY . .",
        f"RUN dotnet publish '{project.relative_to(folder).as_posix()}' -c Release -o /program",
        *(["ENV ASPNETCORE_ENVIRONMENT=Development"] if is_development else []),
        "WORKDIR /program",
        f'CMD ["dotnet", "{project.stem}.dll", "--urls", "http://0.0.0.0:{_PORT}"]',
    ]
    others = ", ".join(one.parent.relative_to(folder).as_posix() for one in found[1:4])
    return FoundService(
        name="",
        folder=folder,
        inline="\n".join(lines) + "\n",
        native_command=f"dotnet run --project {shown} --urls http://${{bind}}:${{port}}",
        port=_PORT,
        language="dotnet",
        comments={"port": f"not certain; {shown} runs here" + (f", and not {others}" if others else "")},
    )


def projects(finds: Finds, folder: Path) -> Iterator[Path]:
    """The projects below a folder that serve the web."""
    return (file for file in all_projects(finds, folder) if _WEB.search(reading.text(file)))


def all_projects(finds: Finds, folder: Path) -> Iterator[Path]:
    """The projects below a folder, without those of tests and samples."""
    for here, folders, files in os.walk(folder):
        place = Path(here)
        shown = place.relative_to(folder).as_posix()
        if _ASIDE.search(shown) or len(place.relative_to(folder).parts) > _DEPTH:
            folders.clear()
            continue
        folders[:] = sorted(one for one in folders if not one.startswith(".") and not (place / one).is_symlink())
        for name in files:
            file = place / name
            is_project = name.endswith(".csproj") and not _ASIDE.search(name)
            if is_project and contained.is_within(file, [finds.place.repository]):
                yield file
