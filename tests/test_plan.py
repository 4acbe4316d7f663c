"""The steps of `up`, as the plan prints them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from localenv.engines import Observed, Seen
from localenv.plan import Action, Plan, Recorded, reconcile
from localenv.stack import (
    Build,
    Dependency,
    Job,
    Need,
    Port,
    Probe,
    ProbeKind,
    Role,
    Service,
    Smoke,
    Stack,
    Stage,
    Upstream,
)
from localenv.stack.references import literal
from localenv.stack.states import ServiceState

BUILD = Build(context=Path("/r"))
FILE = Path("/r/a.sql")
ANSWERS = Probe(kind=ProbeKind.HTTP)
AFTER_SETUP = Dependency(name="setup", condition="service_completed_successfully")


def service(name: str, role: Role = Role.SERVICE, **more: object) -> Service:
    return Service(name=name, role=role, **more)  # type: ignore[arg-type]


def job(name: str, digest: str = "1", **more: object) -> Job:
    return Job(**{"name": name, "stage": Stage.JOB, "digest": digest, **more})  # type: ignore[arg-type]


STACK = Stack(
    name="orders",
    env="local",
    folder=Path("/r"),
    services={
        "db": service("db", Role.NEED, port=Port(name="db", target=5432)),
        "stubs": service("stubs", Role.STUBS),
        "api": service("api", build=BUILD, depends_on=(AFTER_SETUP,), probe=ANSWERS),
        "worker": service("worker", build=BUILD),
        "setup": service("setup", image=literal("redis:8")),
    },
    needs={"db": Need(name="db", kind="postgres", version="17", user="u")},
    upstreams={"payments": Upstream(name="payments", server="stubs"), "stock": Upstream(name="stock", server="stubs")},
    jobs=(
        job("db.migrate", need="db", service="api", command=(literal("migrate"),)),
        job("db.seed.1", need="db", file=FILE),
        job("db.seed.2", need="db", file=Path("/r/b.sql")),
        job("assets", service="api", command=(literal("collect"),)),
    ),
    smoke=(Smoke(name="smoke.1"), Smoke(name="smoke.2")),
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """The wanted, observed and recorded state; equal at first."""

    stack: Stack
    wanted: Recorded
    observed: Observed
    recorded: Recorded


def done(stack: Stack) -> Recorded:
    """Digests of everything in a stack."""
    return Recorded(
        components=dict.fromkeys([*stack.services, *stack.upstreams], "1"),
        jobs={job.name: job.digest for job in stack.jobs},
        builds={service.name: "1" for service in stack.services.values() if service.build},
        smoke="1" if stack.smoke else "",
        snapshots=frozenset({"db"}),
    )


def seen(stack: Stack) -> Observed:
    """Everything runs, except what has completed."""
    running = {name: Seen(name=name, role=one.role, state=ServiceState.RUNNING) for name, one in stack.services.items()}
    ended = Seen(name="setup", role=Role.SERVICE, state=ServiceState.EXITED, exit_code=0)
    return Observed(services={**running, "setup": ended})


UP_TO_DATE = World(STACK, done(STACK), seen(STACK), done(STACK))
OF_DB = {"db.migrate": "1", "db.seed.1": "1", "db.seed.2": "1"}
NOTHING = Recorded(components={}, jobs={}, builds={})


def new(world: World) -> World:
    return replace(world, observed=Observed(), recorded=NOTHING)


def wanted(part: str, **changes: str) -> Callable[[World], World]:
    """A digest differs from the recorded one."""

    def change(world: World) -> World:
        return replace(
            world, wanted=replace(world.wanted, **{part: {**getattr(world.wanted, part), **_dotted(changes)}})
        )

    return change


def unrecorded(part: str, *names: str) -> Callable[[World], World]:
    def change(world: World) -> World:
        left = {name: digest for name, digest in getattr(world.recorded, part).items() if name not in names}
        return replace(world, recorded=replace(world.recorded, **{part: left}))

    return change


def failed(**recorded: object) -> Callable[[World], World]:
    """A failed start has left this record."""

    def change(world: World) -> World:
        return replace(world, recorded=replace(world.recorded, **recorded))  # type: ignore[arg-type]

    return change


def described(**changes: object) -> Callable[[World], World]:
    """A different description, in which unchanged parts have unchanged digests."""

    def change(world: World) -> World:
        stack = replace(world.stack, **changes)  # type: ignore[arg-type]
        return replace(world, stack=stack, wanted=done(stack))

    return change


def found(name: str, state: ServiceState, exit_code: int | None = None) -> Callable[[World], World]:
    def change(world: World) -> World:
        one = Seen(name=name, role=world.stack.services[name].role, state=state, exit_code=exit_code)
        return replace(world, observed=Observed(services={**world.observed.services, name: one}))

    return change


def vanished(name: str) -> Callable[[World], World]:
    def change(world: World) -> World:
        rest = {other: one for other, one in world.observed.services.items() if other != name}
        return replace(world, observed=Observed(services=rest))

    return change


def kept(world: World) -> World:
    """The same with data that outlives the environment."""
    return replace(world, stack=replace(world.stack, needs={"db": replace(STACK.needs["db"], keep=True)}))


def without(name: str) -> Callable[[World], World]:
    return described(services={other: one for other, one in STACK.services.items() if other != name})


def _dotted(names: dict[str, str]) -> dict[str, str]:
    return {name.replace("__", "."): digest for name, digest in names.items()}


CASES: dict[str, tuple[list[Callable[[World], World]], str]] = {
    "nothing changed": ([], ""),
    "a new environment": (
        [new],
        """
        build api (new)
        pull db, stubs, setup (new)
        start db, stubs (new)
        load stubs of payments, stock (new stub server) after stubs
        run db.migrate: migrate (db is new) after build of api, db, stubs
        run db.seed.1: a.sql (db is new) after db.migrate
        run db.seed.2: b.sql (db is new) after db.seed.1
        run assets: collect (new) after db.seed.2
        start worker, setup (new) after assets
        start api (new) after setup
        snapshot db (new) after start of worker, api
        run smoke: 2 checks after snapshot of db
        """,
    ),
    "code changed": (
        [wanted("builds", api="2", worker="2")],
        """
        build api (code changed)
        replace api, worker (code changed) after build of api
        run smoke: 2 checks after start of worker, api
        """,
    ),
    "base images changed": (
        [wanted("builds", api="1 base:1=b own/it:2=c", worker="1 base:1=b own/it:2=c")],
        """
        build api (base image base:1, own/it:2 changed)
        replace api, worker (base image base:1, own/it:2 changed) after build of api
        run smoke: 2 checks after start of worker, api
        """,
    ),
    "code changed, of which a job makes files": (
        [wanted("builds", api="2", worker="2"), failed(writers=frozenset({"assets"}))],
        """
        build api (code changed)
        run assets: collect (code changed) after build of api
        replace api, worker (code changed) after assets
        snapshot db (data changed) after start of worker, api
        run smoke: 2 checks after snapshot of db
        """,
    ),
    "settings of a service changed": (
        [wanted("components", api="2")],
        """
        replace api (settings changed)
        run smoke: 2 checks after api
        """,
    ),
    "settings of a need changed": (
        [wanted("components", db="2")],
        """
        pull db (settings changed)
        replace db (settings changed)
        run db.migrate: migrate (db is new) after db
        run db.seed.1: a.sql (db is new) after db.migrate
        run db.seed.2: b.sql (db is new) after db.seed.1
        snapshot db (data changed) after db.seed.2
        run smoke: 2 checks after snapshot of db
        """,
    ),
    "stub changed": (
        [wanted("components", payments="2")],
        """
        load stubs of payments (stubs changed)
        run smoke: 2 checks after stubs
        """,
    ),
    "settings of the stub server changed": (
        [wanted("components", stubs="2")],
        """
        pull stubs (settings changed)
        replace stubs (settings changed)
        load stubs of payments, stock (new stub server) after stubs
        run smoke: 2 checks after stubs
        """,
    ),
    "seed file changed": (
        [wanted("jobs", db__seed__1="2")],
        """
        pull db (a.sql changed)
        replace db (a.sql changed)
        run db.migrate: migrate (db is new) after db
        run db.seed.1: a.sql (db is new) after db.migrate
        run db.seed.2: b.sql (db is new) after db.seed.1
        snapshot db (data changed) after db.seed.2
        run smoke: 2 checks after snapshot of db
        """,
    ),
    "command changed": (
        [wanted("jobs", db__migrate="2")],
        """
        run db.migrate: migrate (inputs changed)
        snapshot db (data changed) after db.migrate
        run smoke: 2 checks after snapshot of db
        """,
    ),
    "named job changed": (
        [wanted("jobs", assets="2")],
        """
        run assets: collect (inputs changed)
        snapshot db (data changed) after assets
        run smoke: 2 checks after snapshot of db
        """,
    ),
    "seed added": (
        [described(jobs=(*STACK.jobs, job("db.seed.3", need="db", file=FILE)))],
        """
        run db.seed.3: a.sql (new)
        snapshot db (data changed) after db.seed.3
        run smoke: 2 checks after snapshot of db
        """,
    ),
    "seed removed": (
        [described(jobs=tuple(one for one in STACK.jobs if one.name != "db.seed.2"))],
        """
        pull db (db.seed.2 was removed)
        replace db (db.seed.2 was removed)
        run db.migrate: migrate (db is new) after db
        run db.seed.1: a.sql (db is new) after db.migrate
        snapshot db (data changed) after db.seed.1
        run smoke: 2 checks after snapshot of db
        """,
    ),
    "the one seed became two": (
        [
            described(jobs=(job("db.seed", need="db", file=FILE),)),
            lambda world: replace(world, recorded=done(world.stack)),
            described(jobs=(job("db.seed.1", need="db", file=FILE), job("db.seed.2", need="db", file=FILE))),
        ],
        """
        pull db (db.seed was removed)
        replace db (db.seed was removed)
        run db.seed.1: a.sql (db is new) after db
        run db.seed.2: a.sql (db is new) after db.seed.1
        snapshot db (data changed) after db.seed.2
        run smoke: 2 checks after snapshot of db
        """,
    ),
    "a smoke check failed": ([failed(smoke="")], "run smoke: 2 checks (did not pass)"),
    "other smoke checks": ([failed(smoke="0")], "run smoke: 2 checks (checks changed)"),
    "there are no smoke checks any more": ([described(smoke=())], ""),
    "a job failed whose inputs are now as they were when it last completed": (
        [failed(jobs={**done(STACK).jobs, "assets": ""}, smoke="")],
        """
        run assets: collect (did not complete)
        snapshot db (data changed) after assets
        run smoke: 2 checks after snapshot of db
        """,
    ),
    "a service was started again and runs, but did not become ready": (
        [failed(unready=frozenset({"api"}), smoke="")],
        """
        replace api (was not ready)
        run smoke: 2 checks after api
        """,
    ),
    "a need was started again and runs, but did not become ready: its data stays": (
        [failed(unready=frozenset({"db"}), smoke="")],
        """
        pull db (did not become ready)
        start db (did not become ready)
        run smoke: 2 checks after db
        """,
    ),
    "a seed command failed, which nobody can run on what it left": (
        [
            described(jobs=(job("db.seed", need="db", stage=Stage.SEED, service="api", command=(literal("fill"),)),)),
            lambda world: replace(world, recorded=replace(done(world.stack), jobs={"db.seed": ""}, smoke="")),
        ],
        """
        pull db (fill did not complete)
        replace db (fill did not complete)
        run db.seed: fill (db is new) after db
        snapshot db (data changed) after db.seed
        run smoke: 2 checks after snapshot of db
        """,
    ),
    "a need has lost its data": (
        [failed(lost={"db": "was killed: its data is gone"})],
        """
        pull db (was killed: its data is gone)
        replace db (was killed: its data is gone)
        run db.migrate: migrate (db is new) after db
        run db.seed.1: a.sql (db is new) after db.migrate
        run db.seed.2: b.sql (db is new) after db.seed.1
        snapshot db (data changed) after db.seed.2
        run smoke: 2 checks after snapshot of db
        """,
    ),
    "named job removed": ([described(jobs=STACK.jobs[:3])], ""),
    "container exited": (
        [found("worker", ServiceState.EXITED, 1)],
        """
        start worker (exited)
        run smoke: 2 checks after start of worker
        """,
    ),
    "container exited well, which nobody waits for": (
        [found("api", ServiceState.EXITED, 0)],
        """
        start api (exited)
        run smoke: 2 checks after api
        """,
    ),
    "one that has to complete failed": (
        [found("setup", ServiceState.EXITED, 1)],
        """
        pull setup (exited)
        start setup (exited)
        run smoke: 2 checks after setup
        """,
    ),
    "need stopped: its data is still there": (
        [found("db", ServiceState.EXITED, 0)],
        """
        pull db (exited)
        start db (exited)
        run smoke: 2 checks after db
        """,
    ),
    "stub server stopped: its stubs are not": (
        [found("stubs", ServiceState.EXITED, 143)],
        """
        pull stubs (exited)
        start stubs (exited)
        load stubs of payments, stock (new stub server) after stubs
        run smoke: 2 checks after stubs
        """,
    ),
    "container crashes": (
        [found("worker", ServiceState.RESTARTING)],
        """
        start worker (restarting)
        run smoke: 2 checks after start of worker
        """,
    ),
    "container paused": (
        [found("worker", ServiceState.PAUSED)],
        """
        start worker (paused)
        run smoke: 2 checks after start of worker
        """,
    ),
    "container vanished": (
        [vanished("worker")],
        """
        start worker (new)
        run smoke: 2 checks after start of worker
        """,
    ),
    "need vanished": (
        [vanished("db")],
        """
        pull db (new)
        start db (new)
        run db.migrate: migrate (db is new) after db
        run db.seed.1: a.sql (db is new) after db.migrate
        run db.seed.2: b.sql (db is new) after db.seed.1
        snapshot db (data changed) after db.seed.2
        run smoke: 2 checks after snapshot of db
        """,
    ),
    "service never came to work": (
        [unrecorded("components", "api")],
        """
        replace api (was not ready)
        run smoke: 2 checks after api
        """,
    ),
    "a seed failed half way": (
        [unrecorded("components", "db"), unrecorded("jobs", "db.seed.1", "db.seed.2", "assets")],
        """
        pull db (was not ready)
        replace db (was not ready)
        run db.migrate: migrate (db is new) after db
        run db.seed.1: a.sql (db is new) after db.migrate
        run db.seed.2: b.sql (db is new) after db.seed.1
        run assets: collect (new) after db.seed.2
        snapshot db (data changed) after assets
        run smoke: 2 checks after snapshot of db
        """,
    ),
    "service removed": (
        [without("worker")],
        """
        remove worker (removed from the description)
        run smoke: 2 checks after removal of worker
        """,
    ),
    "service added": (
        [described(services={**STACK.services, "web": service("web", image=literal("nginx"))})],
        """
        pull web (new)
        start web (new)
        run smoke: 2 checks after start of web
        """,
    ),
    "upstream added": (
        [described(upstreams={**STACK.upstreams, "mail": Upstream(name="mail", server="stubs")})],
        """
        load stubs of mail (stubs changed)
        run smoke: 2 checks after stubs
        """,
    ),
    "kept need comes back after down": (
        [kept, new, lambda world: replace(world, recorded=replace(NOTHING, jobs=OF_DB))],
        """
        build api (new)
        pull db, stubs, setup (new)
        start db, stubs (new)
        load stubs of payments, stock (new stub server) after stubs
        run assets: collect (new) after build of api, db, stubs
        start worker, setup (new) after assets
        start api (new) after setup
        snapshot db (new) after start of worker, api
        run smoke: 2 checks after snapshot of db
        """,
    ),
    "kept need for the first time": (
        [kept, new, unrecorded("jobs")],
        """
        build api (new)
        pull db, stubs, setup (new)
        start db, stubs (new)
        load stubs of payments, stock (new stub server) after stubs
        run db.migrate: migrate (new) after build of api, db, stubs
        run db.seed.1: a.sql (new) after db.migrate
        run db.seed.2: b.sql (new) after db.seed.1
        run assets: collect (new) after db.seed.2
        start worker, setup (new) after assets
        start api (new) after setup
        snapshot db (new) after start of worker, api
        run smoke: 2 checks after snapshot of db
        """,
    ),
    "seed file of a kept need changed": (
        [kept, wanted("jobs", db__seed__1="2")],
        """
        run db.seed.1: a.sql (inputs changed)
        snapshot db (data changed) after db.seed.1
        run smoke: 2 checks after snapshot of db
        """,
    ),
    "settings of a kept need changed": (
        [kept, wanted("components", db="2")],
        """
        pull db (settings changed)
        replace db (settings changed)
        run smoke: 2 checks after db
        """,
    ),
}


def steps(changes: list[Callable[[World], World]]) -> Plan:
    world = UP_TO_DATE
    for change in changes:
        world = change(world)
    return reconcile(world.stack, world.wanted, world.observed, world.recorded)


@pytest.mark.parametrize(("changes", "expected"), CASES.values(), ids=CASES)
def test_only_what_differs_is_done(changes, expected):
    assert str(steps(changes)).split("\n") == [line.strip() for line in expected.strip().split("\n")]


def test_nothing_to_do_is_false_and_something_is_true():
    assert not steps([])
    assert steps([wanted("components", api="2")])


def test_steps_are_found_by_what_they_do():
    found = steps([wanted("components", api="2"), wanted("jobs", assets="2")])

    assert found.of(Action.REPLACE) == ("api",)
    assert found.of(Action.RUN, Action.REPLACE) == ("assets", "api")
    assert found.reason(Action.RUN, "assets") == "inputs changed"
    assert found.reason(Action.RUN, "nobody") == ""


def test_a_need_is_fresh_when_it_starts_with_nothing_in_it():
    assert steps([new]).is_fresh("db")
    assert steps([wanted("jobs", db__seed__1="2")]).is_fresh("db")
    assert not steps([found("db", ServiceState.EXITED, 0)]).is_fresh("db")
    assert not steps([]).is_fresh("db")


def test_thousands_of_files_wait_for_the_one_before_each_of_them_alone() -> None:
    files = tuple(job(f"db.seed.{number}", need="db", file=FILE) for number in range(500))
    found = steps([described(jobs=(*STACK.jobs[:1], *files, *STACK.jobs[3:])), new])
    seeds = [step for step in found.steps if step.action is Action.RUN and step.subject.startswith("db.seed")]
    assert len(seeds) == len(files)
    assert max(len(step.waits_for) for step in seeds) <= 4


@pytest.mark.parametrize(("image", "expected"), [("sha256:1", {}), ("sha256:2", {"api": "image changed"})])
def test_a_tag_that_leads_to_another_image_replaces_the_container(image: str, expected: dict[str, str]) -> None:
    api = replace(UP_TO_DATE.observed.services["api"], image="sha256:1")
    observed = Observed(services={**UP_TO_DATE.observed.services, "api": api})
    named = replace(UP_TO_DATE.wanted, images={"api": image})

    due = reconcile(STACK, named, observed, UP_TO_DATE.recorded)

    assert {step.subject: step.reason for step in due.steps if step.action is Action.REPLACE} == expected


def test_a_need_whose_tag_leads_to_another_image_begins_with_fresh_data() -> None:
    db = replace(UP_TO_DATE.observed.services["db"], image="sha256:1")
    observed = Observed(services={**UP_TO_DATE.observed.services, "db": db})

    due = reconcile(STACK, replace(UP_TO_DATE.wanted, images={"db": "sha256:2"}), observed, UP_TO_DATE.recorded)

    assert "image changed" in {step.reason for step in due.steps if step.subject == "db"}
    assert due.is_fresh("db")
    assert "db is new" in {step.reason for step in due.steps}
