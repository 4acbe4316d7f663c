"""What else belongs to the start of services: what makes it needless, what it invalidates."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from localenv import paths
from localenv.environment.up import seed_snapshots
from localenv.environment.up.preparing import Prepared
from localenv.environment.up.recording import Recorder
from localenv.plan import Step, is_of_code
from localenv.stack.states import ServiceState
from localenv.state import Record


def is_needless(prepared: Prepared, record: Record, step: Step) -> bool:
    """Whether a rebuilt service is identical to the running one, which then stays."""
    name = step.subject
    seen = prepared.observed.services.get(name)
    if seen is None or not is_of_code(step.reason) or seen.state is not ServiceState.RUNNING:
        return False
    if record.components.get(name) != prepared.wanted.components[name]:
        return False
    service, images = prepared.stack.services[name], prepared.engine.images
    return bool(images and seen.image and images.current(prepared.deployment, service) == seen.image)


def record_start(prepared: Prepared, recorder: Recorder, names: Sequence[str]) -> None:
    """Remove digests that the start invalidates from the record, even if the start fails."""
    stack, due, jobs = prepared.stack, prepared.plan, {job.name: job for job in prepared.stack.jobs}
    fresh = {name for name in names if due.is_fresh(name)}
    emptied = {name for name in fresh if name in stack.needs and not stack.needs[name].keep}
    gone = fresh | {one.name for one in stack.upstreams.values() if one.server in names}
    recorder.drop("jobs", lambda job: job in jobs and jobs[job].need in emptied)
    recorder.drop("components", lambda name: name in gone)
    recorder.started(names)
    for held in ("holders", "runs"):
        recorder.drop(held, lambda name: name in names)
    seed_snapshots.discard(recorder.record.identity, emptied)
    recorder.add(builds={name: made for name, made in prepared.wanted.builds.items() if name in names})


def unpause(prepared: Prepared, names: Iterable[str]) -> None:
    """Continue services that are paused."""
    for name in names:
        seen = prepared.observed.services.get(name)
        if seen and seen.state is ServiceState.PAUSED:
            prepared.engine.services.signal(prepared.deployment.identity, name, "unpause")


@contextmanager
def ending_failures(prepared: Prepared, names: Sequence[str]) -> Iterator[None]:
    """Let needs that are started in the block work again, whose failures were overrides."""
    engine, deployment = prepared.engine, prepared.deployment
    if not paths.overrides(deployment.identity).exists():
        yield
        return
    from localenv.environment.overrides import need_faults

    need_faults.starting(engine, deployment.identity, names)
    yield
    fresh = [name for name in names if prepared.plan.is_fresh(name)]
    need_faults.started(engine, deployment, names, fresh)
