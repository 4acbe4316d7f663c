"""Write what detectors have found as a sketch of a description."""

import os
import re
import sys
from collections.abc import Mapping
from typing import Any

from localenv.host import contained
from localenv.importing import image_environment, images
from localenv.importing.native import listening, native
from localenv.importing.programs import FoundProgram
from localenv.importing.repository import settings, variables
from localenv.importing.repository.finds import Finds, FoundNeed, FoundService
from localenv.importing.sketch import Sketch
from localenv.importing.stub_roots import empty
from localenv.needs.kinds import KINDS

_REFERENCE = re.compile(r"\$\{([\w-]+)\.(?!published_)[\w.-]+\}")


def described(finds: Finds, sketch: Sketch) -> Sketch:
    """The sketch with what was found."""
    for service in finds.services.values():
        _service(finds, service, sketch)
    _order(sketch)
    for need in finds.needs.values():
        _need(need, sketch)
    for name, upstream in finds.upstreams.items():
        sources = {kind: os.path.relpath(file, finds.place.envs) for kind, file in upstream.contracts.items()}
        about: dict[str, Any] = {**sources, **({"pack": upstream.pack} if upstream.pack else {})}
        if upstream.stubs is not None:
            about = {"stubs": os.path.relpath(upstream.stubs, finds.place.envs), **about}
        elif not about:
            about["stubs"] = f"../stubs/{name}"
            sketch.files |= empty(name)
        if upstream.hosts:
            about["hosts"] = [*upstream.hosts]
        sketch.section("upstreams")[name] = about
        sketch.comment(upstream.why, "upstreams", name)
    for name, job in finds.jobs.items():
        command = job.command if isinstance(job.command, str) else [*job.command]
        sketch.section("jobs")[name] = {"command": command, "service": job.service}
        sketch.comment(job.why, "jobs", name)
    for one in finds.left_out:
        sketch.leave_out(one)
    return sketch


def _order(sketch: Sketch) -> None:
    """Start a service after those that it refers to, but where they refer to it too."""
    services = sketch.document.get("services", {})
    asked = {name: {*_REFERENCE.findall(str(one))} & services.keys() - {name} for name, one in services.items()}
    for name, others in asked.items():
        if before := sorted(one for one in others if name not in _reached(asked, one)):
            services[name]["depends_on"] = before


def _reached(asked: Mapping[str, set[str]], name: str) -> set[str]:
    """What a service refers to, and what that refers to."""
    seen: set[str] = set()
    todo = [name]
    while todo:
        found = asked[todo.pop()] - seen
        seen |= found
        todo += found
    return seen


def _service(finds: Finds, service: FoundService, sketch: Sketch) -> None:
    found: dict[str, Any] = {}
    sketch.section("services")[service.name] = found
    here = ("services", service.name)
    _port(finds, service, sketch)
    found["build"] = _build(finds, service)
    if service.inline:
        sketch.comment("there is no Dockerfile; this one is for Docker Compose alone", *here, "build")
    if service.command:
        command = service.command
        found[_runs(service)] = listening(command, service.port) if isinstance(command, str) else [*command]
    _listen(service, found, sketch)
    values = settings.values(finds, service, sketch)
    if values:
        found["environment"] = values
    if own := _env_files(finds, service):
        found["env_file"] = own
    program = FoundProgram(
        language=service.language, version=service.version, setup=service.setup, command=service.native_command
    )
    of_image = image_environment.of(service.image_environment, service.port, values)
    if part := native(program, service.port, has_command=bool(service.command), environment=of_image):
        found["native"] = dict(part.document)
        if service.native_folder:
            found["native"]["working_dir"] = os.path.relpath(service.native_folder, finds.place.envs)
        for key, comment in part.comments.items():
            sketch.comment(comment, *here, "native", *([key] if key else []))
    for key, comment in service.comments.items():
        sketch.comment(comment, *here, _runs(service) if key == "command" else key)


def _runs(service: FoundService) -> str:
    return "entrypoint" if service.replaces_entrypoint else "command"


def _listen(service: FoundService, found: dict[str, Any], sketch: Sketch) -> None:
    """Add where it listens, and what is asked there."""
    if service.port is None:
        return
    found["port"] = service.port
    if service.has_fixed_port and sys.platform == "linux":
        found["address"] = "own"
        why = "its code names the port; without this, natively it needs ${port}"
        sketch.comment(why, "services", service.name, "address")
    if service.healthcheck:
        found["healthcheck"] = service.healthcheck
    elif not images.speaks_http(service.port):
        found["healthcheck"] = {"tcp": True}


def _env_files(finds: Finds, service: FoundService) -> list[dict[str, object]]:
    """The `.env` of a service in a folder of its own, whose values stay there."""
    if service.folder == finds.home:
        return []
    found = [one for name in variables.PRIVATE if (one := service.folder / name).is_file()]
    own = [one for one in found if contained.is_within(one, [finds.place.repository])]
    return [{"path": os.path.relpath(one, finds.place.envs), "required": False} for one in reversed(own)]


def _port(finds: Finds, service: FoundService, sketch: Sketch) -> None:
    """Ask for a port that nothing says, where there is somebody to ask."""
    if service.port is not None or service.is_worker:
        return
    asked = finds.ask and finds.ask(f"the port that {service.name} listens on (empty: none)", "")
    answer = (asked or "").strip()
    if answer.isdigit() and 0 < int(answer) < 1 << 16:
        service.port = int(answer)
    elif finds.ask is None:
        sketch.comment("no port was found; where it listens: port: …", "services", service.name, "build")


def _build(finds: Finds, service: FoundService) -> Any:
    context = os.path.relpath(service.context or service.folder, finds.place.envs)
    if service.inline:
        return {"context": context, "dockerfile_inline": service.inline}
    if service.dockerfile is not None:
        return {"context": context, "dockerfile": os.path.relpath(service.dockerfile, service.folder)}
    return context


def _need(need: FoundNeed, sketch: Sketch) -> None:
    found: dict[str, Any] = sketch.section("needs").setdefault(need.name, {})
    if not found:
        found[need.kind] = KINDS[need.kind].version
        sketch.comment(f"{need.why}; the version is not certain", "needs", need.name)
    before = found.pop("seed", None) if need.migrate else None  # what a Compose file runs first
    first = [{"file": one} if isinstance(one, str) else one for one in before or ()]
    if migrate := [*first, *(one for one in need.migrate if one not in first)]:
        found["migrate"] = migrate[0] if len(migrate) == 1 else migrate
        if not need.why.partition(";")[0]:
            sketch.comment(need.why.removeprefix("; "), "needs", need.name)
    if need.seed and "seed" not in found:
        found["seed"] = need.seed
