"""Projects of other languages without a Dockerfile: Go, Rust, Spring Boot, Rails, Laravel and ASP.NET Core."""

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from localenv.importing import programs, reading
from localenv.importing.repository import dotnet, laravel
from localenv.importing.repository.dockerfiles import own_name
from localenv.importing.repository.finds import Finds, FoundService, FoundVariable

_LISTENS = re.compile(r"(?:ListenAndServe|Run|Listen|Start|bind)\w*\(\s*\(?\s*(?:ctx,\s*)?[\"`'][\w.]*:(\d{2,5})")
_PORT = re.compile(r"server\.port\s*[=:]\s*(?:\$\{\w+:)?(\d{2,5})|^server:\s*\n\s+port:\s*(?:\$\{\w+:)?(\d{2,5})", re.M)
_SECTION = re.compile(
    r"^\[?(?:application|server|http|app|web)\]?:?[ \t]*\n"
    r"(?:[ \t]*[\w-]+[ \t]*[:=].*\n)*?[ \t]*port[ \t]*[:=][ \t]*(\d{2,5})",
    re.MULTILINE,
)
_SETTINGS = (".yml", ".yaml", ".toml")
UNCERTAIN = "not certain: the usual one"  # a comment of a port
_USUAL = 8080
_SPRING = ("src/main/resources/application.properties", "src/main/resources/application.yml")


def detect(finds: Finds) -> None:
    """Add a service for each folder with such a project that has none yet."""
    for folder in finds.folders:
        if finds.service_at(folder) or any(folder.is_relative_to(one.folder) for one in finds.services.values()):
            continue
        read = next((one for name, one in _PROJECTS.items() if (folder / name).is_file()), None)
        read = read or (dotnet.program if dotnet.is_here(folder) else None)
        if read is not None and (found := read(finds, folder)):
            found.name = own_name(finds, folder, found.language)
            finds.services[found.name] = found
            _listen(finds, found)


def _go(finds: Finds, folder: Path) -> FoundService | None:
    package = programs.go_package(folder)
    if not package:
        return None
    version = re.search(r"^go (1\.\d+)", reading.text(folder / "go.mod"), re.MULTILINE)
    build = f"RUN go build -o /usr/local/bin/program {package}"
    return FoundService(
        name="",
        folder=folder,
        inline=_inline(f"golang:{version[1] if version else '1'}", build, 'CMD ["program"]'),
        native_command=f"go run {package}",
        language="go",
    )


def _rust(finds: Finds, folder: Path) -> FoundService | None:
    try:
        package = tomllib.loads(reading.text(folder / "Cargo.toml")).get("package", {})
    except tomllib.TOMLDecodeError:
        return None
    name = package.get("name") if isinstance(package, dict) else None
    if not isinstance(name, str) or not (folder / "src/main.rs").is_file():
        return None
    return FoundService(
        name="",
        folder=folder,
        inline=_inline("rust:1", "RUN cargo install --path .", f'CMD ["{name}"]'),
        native_command="cargo run",
        language="rust",
    )


def _maven(finds: Finds, folder: Path) -> FoundService | None:
    text = reading.text(folder / "pom.xml")
    if "spring-boot-maven-plugin" not in text:
        return None
    version = re.search(r"<(?:java\.version|maven\.compiler\.release)>(?:1\.)?(\d+)<", text)
    program = "./mvnw" if (folder / "mvnw").is_file() else "mvn"
    image = f"maven:3-eclipse-temurin-{version[1] if version else '21'}"
    return _spring(folder, image, "mvn -B -q -DskipTests package", "target/*.jar", f"{program} spring-boot:run")


def _gradle(finds: Finds, folder: Path) -> FoundService | None:
    text = reading.text(folder / "build.gradle") + reading.text(folder / "build.gradle.kts")
    if "org.springframework.boot" not in text:
        return None
    version = re.search(r"(?:languageVersion\D+|VERSION_|sourceCompatibility\D+)(?:1[._])?(\d+)", text)
    is_wrapped = (folder / "gradlew").is_file()
    image = f"eclipse-temurin:{version[1] if version else '21'}-jdk" if is_wrapped else "gradle:jdk21"
    program = "./gradlew" if is_wrapped else "gradle"
    return _spring(folder, image, f"{program} --no-daemon -q bootJar", "build/libs/*.jar", f"{program} bootRun")


def _spring(folder: Path, image: str, build: str, made: str, native_command: str) -> FoundService:
    found = next((match for name in _SPRING if (match := _PORT.search(reading.text(folder / name)))), None)
    return FoundService(
        name="",
        folder=folder,
        inline=_inline(image, f"RUN {build} && cp {made} /program.jar", 'CMD ["java", "-jar", "/program.jar"]'),
        native_command=native_command,
        port=int(found[1] or found[2]) if found else 8080,
        language="java",
    )


def _rails(finds: Finds, folder: Path) -> FoundService | None:
    gems = reading.text(folder / "Gemfile")
    written = f"{reading.text(folder / '.ruby-version')}\n{gems}\n{reading.text(folder / 'Gemfile.lock')}"
    version = re.search(r"^(?:ruby[- (\"']*|\s*ruby )?(\d\.\d+(?:\.\d+)?)", written, re.MULTILINE)
    if re.search(r"^\s*gem ['\"](pg|mysql2|trilogy)['\"]", gems, re.MULTILINE):
        finds.variables["DATABASE_URL"] = FoundVariable(name="DATABASE_URL", where="Rails", is_required=True)
    return FoundService(
        name="",
        folder=folder,
        inline=_inline(f"ruby:{version[1] if version else '3'}", "RUN bundle install"),
        command="bin/rails server -b ${bind} -p ${port}",
        setup=("bundle install",),
        port=3000,
        language="ruby",
    )


_PROJECTS: Mapping[str, Callable[[Finds, Path], FoundService | None]] = {  # by a file in the folder
    "go.mod": _go,
    "Cargo.toml": _rust,
    "pom.xml": _maven,
    "build.gradle": _gradle,
    "build.gradle.kts": _gradle,
    "bin/rails": _rails,
    "artisan": laravel.found,
}


def port_of(finds: Finds, service: FoundService) -> int | None:
    """The port that its settings or sources name."""
    own = [(file, text) for file, text in finds.sources if file.is_relative_to(service.folder)]
    if service.language == "java":
        return next((int(one[1] or one[2]) for _, text in own if (one := _PORT.search(text))), _USUAL)
    settings = [match for file, text in own if file.suffix in _SETTINGS and (match := _SECTION.search(text))]
    found = next((match for _, text in own if (match := _LISTENS.search(text))), None)
    return next((int(one[1]) for one in (found, *settings) if one), None)


def _listen(finds: Finds, service: FoundService) -> None:
    """Add the port of its sources, or the usual one."""
    if service.port is None:
        service.port = port_of(finds, service)
    if service.port is None:
        service.port = _USUAL
        service.comments["port"] = UNCERTAIN


def _inline(image: str, *lines: str) -> str:
    return "\n".join([f"FROM {image}", "WORKDIR /app", "COPY . .", *lines]) + "\n"
