"""WireMock as a process on this machine: one server for all upstreams."""

import json
import signal
from pathlib import Path

from localenv.engines import Deployment, Say
from localenv.engines.native.environment import way
from localenv.engines.native.program import Program, Room
from localenv.engines.native.wiremock import archive, jar, java
from localenv.host import files
from localenv.stack import Reader, Service
from localenv.stubs import not_found, wiremock_2
from localenv.stubs.server import RESPONSES

_NOT_OF_OLD = frozenset({"--disable-http2-plain"})


def fetch(deployment: Deployment, say: Say) -> jar.Jar:
    """The jar to run; raises EngineError with what to install, and DescriptionError for unsupported mappings."""
    found = jar.find(say)
    if found.is_old:
        wiremock_2.check(deployment.stack.upstreams.values(), found.version, found.warning)
    return found


def program(deployment: Deployment, service: Service, room: Room, say: Say) -> Program:
    """Run WireMock 3 on any suitable Java; WireMock 2 only if it supports everything in the mappings."""
    runtime, found = java.find(), fetch(deployment, say)
    values = deployment.resolution.mapping(service.environment, Reader.INSIDE, service.name)
    fixed = fixed_options(values.get("JAVA_OPTS", ""))
    made = archive.of(runtime, found, fixed)
    using = made.options()
    words = (
        *fixed,
        *_private_options(room),
        *using,
        "-cp",
        str(found.file),
        found.main,
        *_own_options(deployment, service, room, found),
    )
    room.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    _set_bodies_apart(room, found)
    if found.is_old:
        files.write(_root(room, found) / "mappings" / "fallback.json", json.dumps(not_found.of_old()))
    arguments = room.data / "arguments"  # not on its command line, where every user could read the password
    files.write(arguments, "\n".join(map(_quoted, words)))
    return Program(
        argv=(str(runtime.program), f"@{arguments}"),
        environment=way(),
        folder=room.data,
        stop=signal.SIGKILL,  # it has nothing to save, which would take 0.3 s
        version=found.version,
        detail=found.warning,
        background=() if using else made.trainer(found, fixed),
    )


def fixed_options(java_options: str) -> tuple[str, ...]:
    """Java's options that are the same in every environment: the archive is created with them."""
    given = (word for word in java_options.split() if not word.startswith("-Xshare"))  # incompatible with an archive
    return (*given, "-XX:-UsePerfData")


def _private_options(room: Room) -> tuple[str, ...]:
    return (f"-XX:ErrorFile={room.data}/crash.log", f"-Djava.io.tmpdir={room.data}")


def _own_options(deployment: Deployment, service: Service, room: Room, found: jar.Jar) -> tuple[str, ...]:
    words = list(deployment.resolution.argv(service.command or (), Reader.INSIDE, service.name))
    at = words.index("--port")
    del words[at : at + 2]
    if found.is_old:
        at = words.index(RESPONSES)
        del words[at : at + 2]
        words = [*(word for word in words if word not in _NOT_OF_OLD), "--local-response-templating"]
    place = ("--port", str(room.port), "--bind-address", room.host, "--root-dir", str(_root(room, found)))
    return (*place, *words)


def _root(room: Room, found: jar.Jar) -> Path:
    return room.data / ("root-of-old" if found.is_old else "root")  # WireMock 3 must not load the fallback stub


def _set_bodies_apart(room: Room, found: jar.Jar) -> None:
    """Let WireMock's folder of bodies be a link that leads out of its root.

    Otherwise it answers a request that no stub matches with a file of that name, and with 403 if that is a folder.
    """
    bodies, link = room.data / "bodies", _root(room, found) / "__files"
    bodies.mkdir(exist_ok=True)
    link.parent.mkdir(exist_ok=True)
    if not link.exists():
        link.symlink_to(bodies, target_is_directory=True)


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
