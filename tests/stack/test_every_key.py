"""No key is forgotten: every member of a stack's values is compared, shown, masked, and copied for each worker."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from localenv import redaction, resolution
from localenv.engines import Deployment
from localenv.environment.up.digests import digests
from localenv.errors import DescriptionError
from localenv.errors.problems import Position
from localenv.planner.outline import outline
from localenv.planner.workers import per_worker
from localenv.redaction.stack import concealed, written_secrets
from localenv.rendering.file import compose_file
from localenv.resolution import Resolution, env_variable
from localenv.stack import (
    File,
    FileKind,
    Job,
    Mark,
    Need,
    Port,
    Probe,
    ProbeKind,
    Reader,
    Reference,
    Role,
    Service,
    Smoke,
    Spot,
    Stack,
    Stage,
    Template,
    Upstream,
    rewritten,
    walk,
)

AT = Position(Path("local.yaml"), 1, 1)
FOLDER = Path("/r")
SECRET = "hunter2-hunter2"
OTHER = "payments"  # the target of all references


def full(kind: type[Any], /, **given: object) -> Any:
    """A value of a class with every compared member set."""
    hints = get_type_hints(kind)
    named = {one.name for one in fields(kind) if one.metadata.get("mark") is Mark.NAME}
    found = {one.name: made(hints[one.name], one.name in named) for one in fields(kind) if one.compare}
    return kind(**{**found, **given})


def made(hint: Any, is_name: bool) -> Any:
    arguments = [one for one in get_args(hint) if one is not NoneType]
    match get_origin(hint):
        case origin if origin in (Union, UnionType):
            return made(arguments[0], is_name)
        case origin if origin is tuple:
            return (made(arguments[0], is_name),)
        case origin if origin is not None and issubclass(origin, Mapping):
            return {"API_TOKEN": made(arguments[1], is_name)}
    if hint in (Template, Any):
        return Template((Reference(name=OTHER, attribute="url"),), AT)
    if is_dataclass(hint):
        return full(hint)  # type: ignore[arg-type]
    if issubclass(hint, Enum):
        return next(iter(hint))
    samples: dict[Any, Any] = {int: 7, float: 7.0, bool: True, Path: FOLDER / "x", str: OTHER if is_name else "text"}
    return samples[hint]


RAW = {"compose": {"mem_limit": "1g"}}
PORTS: Mapping[str, Any] = {"port": Port(name="api", target=80, pinned=8000), "extra_ports": ()}
SERVICE = full(Service, name="api", role=Role.SERVICE, digest="", overlaid="", files=("settings",), **RAW, **PORTS)
NEED = full(Need, name="queue", kind="rabbitmq", version="4")
CACHE = Need(name="cache", kind="postgres", version="17", user="u", databases=("d",), extensions=("citext",))
UPSTREAM = full(Upstream, name="payments", server="localenv.stubs")
FILE = full(File, name="settings", kind=FileKind.CONFIG, generate=None, file=None, variable=None)
JOB = full(Job, name="queue.migrate", stage=Stage.MIGRATE, service="api", need="queue", file=None)
SMOKE = full(Smoke, name="smoke.1", upstream=None, requests=None, job=None)

# alternatives that are not used together
SERVICES = [
    replace(SERVICE, build=None),
    replace(SERVICE, image=None),
    replace(SERVICE, image=None, build=replace(SERVICE.build, dockerfile_inline=None)),
    *(replace(SERVICE, probe=full(Probe, kind=kind)) for kind in (ProbeKind.HTTP, ProbeKind.COMMAND)),
    replace(SERVICE, probe=full(Probe, kind=ProbeKind.HTTP, status=())),
    replace(SERVICE, native=replace(SERVICE.native, python=None)),
]
JOBS = [JOB, replace(JOB, file=FOLDER / "a.csv")]
SMOKES = [SMOKE, replace(SMOKE, url=None, upstream="payments", requests=1), replace(SMOKE, url=None, job=JOB)]
FILES = [
    FILE,
    *(
        replace(FILE, content=None, **{key: value})
        for key, value in {"generate": "password", "file": FOLDER / "f", "variable": "V"}.items()
    ),
]
NEEDS = [NEED, CACHE]


def stack(*parts: Any) -> Stack:
    """A stack with one of everything, with these parts in place of those of the same class."""
    of: dict[type[Any], Any] = {type(one): one for one in (SERVICES[0], NEED, UPSTREAM, FILE, JOB, SMOKE, *parts)}
    need: Need = of[Need]
    server = Service(name=need.name, role=Role.NEED, image=need.image, port=Port(name=need.name, target=1))
    stubs = Service(name="localenv.stubs", role=Role.STUBS, port=Port(name="payments", target=80))
    services = {one.name: one for one in (server, stubs, of[Service])}
    upstream, file = of[Upstream], of[File]
    files = {name: replace(file, name=name) for name in (file.name, *of[Service].files)}
    return Stack(
        name="shop",
        env="local",
        folder=FOLDER,
        services=services,
        needs={need.name: need},
        upstreams={upstream.name: upstream},
        files=files,
        jobs=(of[Job],),
        smoke=(of[Smoke],),
    )


class Place:
    """A fake place; unpublished names have a port too."""

    def __init__(self, port: str = "1", *, shares_ports: bool = False) -> None:
        self.port = port
        self.shares_ports = shares_ports

    def bind(self, name: str) -> str:
        return "0.0.0.0"

    def address(self, reader: Reader, name: str) -> tuple[str, str]:
        return name, self.port

    def path(self, reader: Reader, file: str) -> str:
        return f"/{file}"


def deployed(whole: Stack, port: str = "1", *, shares_ports: bool = False) -> Deployment:
    place = Place(port, shares_ports=shares_ports)
    made_of = Resolution(stack=whole, place=place, value=lambda name: name)
    ports = dict.fromkeys(whole.ports, 1)
    return Deployment(identity="i", stack=whole, resolution=made_of, values={}, ports=ports, folder=FOLDER)


def changed(value: Any, spot: Spot) -> Any:
    """The value with a change at one spot."""
    return rewritten(value, lambda one: another(one.value) if one.path == spot.path else one.value)


def another(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case Enum():
            return next(one for one in type(value) if one is not value)
        case Template():
            return Template(("another",), AT)
        case "rabbitmq" | "postgres":
            return "redis"
        case str():
            return f"{value}2"
        case Path():
            return value / "another"
        case None:
            return "another"
        case _:
            return value + 1


def members(*values: Any) -> list[Any]:
    """Every spot at which one of several values of a class is set, as parameters."""
    found = {(type(value).__name__, *spot.path): None for value in values for spot in walk(value) if spot.value}
    return [pytest.param(values, path[1:], id=".".join(map(str, path))) for path in found]


def differing(values: tuple[Any, ...], path: tuple[str | int, ...]) -> Iterator[tuple[Any, Any]]:
    """Each value with that spot set, and the same with a change there."""
    for value in values:
        for spot in walk(value):
            if spot.path == path and spot.value:
                yield value, changed(value, spot)


def holding(value: Any, path: tuple[str | int, ...], template: Template) -> Any:
    """The value with one template at a spot, and texts without references at all others."""
    plain = Template(("plain",), AT)
    return rewritten(
        value,
        lambda one: one.value if not isinstance(one.value, Template) else template if one.path == path else plain,
    )


def with_template(values: tuple[Any, ...], path: tuple[str | int, ...], template: Template) -> Any:
    value = next(one for one in values for spot in walk(one) if spot.path == path and isinstance(spot.value, Template))
    return holding(value, path, template)


def unless(exempt: Mapping[str, str], cases: list[Any]) -> list[Any]:
    return [case for case in cases if not str(case.id).startswith(tuple(exempt))]


PARTS: tuple[list[Any], ...] = (SERVICES, NEEDS, [UPSTREAM], FILES, JOBS, SMOKES)
MEMBERS = [case for values in PARTS for case in members(*values)]


def holds_template(values: list[Any], path: tuple[str | int, ...]) -> bool:
    found = (spot.value for value in values for spot in walk(value) if spot.path == path)
    return any(isinstance(value, Template) for value in found)


TEMPLATES = [case for case in MEMBERS if holds_template(*case.values)]

# members that the outline shows in another way, or not at all, with the reason; all others must be visible
NOT_SHOWN = {
    "Service.role": "services, needs and stub servers have sections of their own",
    "Service.digest": "of the files that it is built from",
    "Service.compose": "the keys alone: a value may hold what is secret",
    "Service.build.dockerfile_inline": "that there is one",
    "Service.port.name": "the name of the service",
    "Upstream.server": "follows from its port",
    "Upstream.digest": "of what its sources are made from",
    "Job.stage": "stands in its name",
    "Job.files": "follow from its references",
    "Job.digest": "of all the rest",
    "Smoke.name": "its place in the list",
    "Smoke.job.name": "the name of the check",
    "Smoke.job.stage": "as every smoke check's",
    "Smoke.job.need": "a check fills no need",
    "Smoke.job.file": "a check reads no file",
    "Smoke.job.table": "a check reads no file",
    "Smoke.job.depends_on": "checks run in the order written",
    "Smoke.job.files": "follow from its references",
    "Smoke.job.digest": "a check runs each time",
}
NOT_COMPARED = {
    "Job": "has a digest of its own, made where its inputs are read",
    "Smoke": "runs each time",
    "File.name": "nobody refers to the other one",
}
NOT_OF_A_WORKER = {
    "Need": "starts before others, and refers to the environment alone",
    "Smoke": "is of the first worker's services",
    "Service.compose": "as written",
    "Service.aliases": "lead to the first worker's",
    "Upstream.server": "is shared",
    **dict.fromkeys(("File.generate", "File.file", "File.variable"), "what refers to nothing is shared"),
}
PLAIN = {
    "Service": {"own_healthcheck", "digest", "overlaid", "aliases"},
    "Need": {"kind", "version", "user", "databases", "extensions"},
    "Upstream": {"digest", "hosts", "proxies", "responder"},
    "Real": {"url"},
    "RealEnvironment": {"service"},
    "StubSource": {"kind"},
    "Job": {"table", "states", "digest", "goes_by"},
    "Smoke": {"name", "method", "contains"},
    "File": {"generate", "variable"},
    "Build": {"dockerfile_inline", "target", "ssh", "additional_contexts"},
    "Native": {"python", "node"},
    "Dependency": {"condition"},
    "Volume": {"name", "target"},
    "Port": {"scheme"},
    "Probe": {"path", "host"},
}


@pytest.mark.parametrize(("values", "path"), unless(NOT_SHOWN, MEMBERS))
def test_the_outline_shows_what_is_said(values, path):
    texts = [[outline(stack(one), secrets=True) for one in pair] for pair in differing(values, path)]

    assert any(before != after for before, after in texts)


@pytest.mark.parametrize(("values", "path"), unless(NOT_COMPARED, MEMBERS))
def test_a_change_is_noticed(values, path):
    found = [[digests(deployed(stack(one))) for one in pair] for pair in differing(values, path)]

    assert all(before != after for before, after in found)


@pytest.mark.parametrize(("values", "path"), [case for case in TEMPLATES if str(case.id).startswith("Service")])
def test_a_change_of_what_is_referred_to_is_noticed(values, path):
    whole = stack(with_template(values, path, Template((Reference(name=OTHER, attribute="url"),), AT)))

    assert digests(deployed(whole, port="1")) != digests(deployed(whole, port="2"))


@pytest.mark.parametrize("shares_ports", [True, False])
def test_further_hosts_of_an_upstream_start_its_stub_server_anew_where_they_are_told_apart_there(shares_ports):
    server = Service(name=UPSTREAM.server, role=Role.STUBS, port=Port(name=UPSTREAM.name, target=80))
    wholes = [replace(stack(one), services={server.name: server}) for one in (UPSTREAM, replace(UPSTREAM, hosts=()))]

    before, after = (digests(deployed(one, shares_ports=shares_ports)).components[server.name] for one in wholes)

    assert (before != after) is shares_ports


@pytest.mark.parametrize(("values", "path"), unless(NOT_OF_A_WORKER, MEMBERS))
def test_a_workers_copy_has_the_workers_names(values, path):
    value = next(before for before, _ in differing(values, path))
    whole = per_worker(stack(value), 2)
    parts = {**whole.services, **whole.upstreams, **whole.files, **{job.name: job for job in whole.jobs}}
    copy = parts["queue.w1.migrate" if isinstance(value, Job) else f"{value.name}.w1"]

    (before,), (after,) = ([spot for spot in walk(one) if spot.path == path] for one in (value, copy))

    assert (after.value, after.mark) == (_copied(before), before.mark)


def _copied(spot: Spot) -> Any:
    """The value of worker 1 there."""
    if isinstance(spot.value, Template):
        return Template((Reference(name=f"{OTHER}.w1", attribute="url"),))
    if spot.mark is Mark.NAME:
        return "queue.w1.migrate" if spot.value == "queue.migrate" else f"{spot.value}.w1"
    return None if spot.mark is Mark.ONCE else spot.value


@pytest.mark.parametrize(("values", "path"), TEMPLATES)
def test_what_is_secret_is_concealed_and_learned(values, path):
    whole = stack(with_template(values, path, Template((f"postgres://u:{SECRET}@h/x",), AT)))

    redaction.learn(written_secrets(whole))

    assert SECRET in repr(whole)
    assert SECRET not in repr(concealed(whole))
    assert SECRET not in outline(whole)
    assert redaction.redacted(SECRET) == "***"


@pytest.mark.parametrize(
    "secret", [SECRET, Reference(name="env", attribute="X", default=SECRET)], ids=["text", "default"]
)
@pytest.mark.parametrize(("values", "path"), [case for case in TEMPLATES if "API_TOKEN" in str(case.id)])
def test_what_has_the_name_of_a_secret_is_one(values, path, secret):
    whole = stack(with_template(values, path, Template((secret,), AT)))

    redaction.learn(written_secrets(whole))

    assert SECRET not in repr(concealed(whole))
    assert redaction.redacted(SECRET) == "***"


@pytest.mark.parametrize(
    ("values", "path"), [case for case in TEMPLATES if str(case.id).startswith("Service.") and "API_TOKEN" in case.id]
)
def test_what_has_the_name_of_a_secret_stays_out_of_the_rendered_file(values, path):
    value = with_template(values, path, Template((SECRET,), AT))

    assert SECRET not in compose_file(stack(replace(value, compose={})), FOLDER)


@pytest.mark.parametrize(("values", "path"), [case for case in TEMPLATES if ".real." in str(case.id)])
def test_a_variable_of_a_real_server_may_be_missing_until_it_is_started(values, path):
    whole = stack(with_template(values, path, Template((Reference(name="env", attribute="MARK"),), AT)))

    assert resolution.values(whole, passwords={}, environ={})["env_MARK"] == ""


@pytest.mark.parametrize(("values", "path"), [case for case in TEMPLATES if ".real." not in str(case.id)])
def test_a_variable_that_is_not_set_is_told_where_it_is_read(values, path):
    reference = Reference(name="env", attribute="MARK")
    whole = stack(with_template(values, path, Template((reference,), Position(Path("local.yaml"), 7, 7))))

    assert resolution.values(whole, passwords={}, environ={"MARK": "x"})[env_variable(reference)] == "x"
    with pytest.raises(DescriptionError, match=r"local.yaml:7:7: .*MARK"):
        resolution.values(whole, passwords={}, environ={})


def test_a_text_is_the_name_of_something_or_is_known_to_be_none():
    kinds = {type(one) for values in PARTS for value in values for one in dataclasses_in(value)}
    undecided = {
        f"{kind.__name__}.{member.name}"
        for kind in kinds
        for member in fields(kind)
        if get_type_hints(kind)[member.name] in (str, str | None, tuple[str, ...])
        and member.metadata.get("mark") is None
        and member.name not in PLAIN.get(kind.__name__, ())
    }

    assert not undecided


def dataclasses_in(value: Any) -> Iterator[Any]:
    if is_dataclass(value) and not isinstance(value, Template | Position):
        yield value
        value = [getattr(value, one.name) for one in fields(value)]
    for one in value if isinstance(value, tuple | list) else ():
        yield from dataclasses_in(one)
