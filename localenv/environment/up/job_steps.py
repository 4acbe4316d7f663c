"""The step of a plan that runs a job: its events, and what is recorded of it."""

from localenv.environment.up import jobs, seed_snapshots
from localenv.environment.up.preparing import Prepared
from localenv.environment.up.recording import Recorder, only
from localenv.events import EventLog, Phase, Progress
from localenv.plan import Action
from localenv.stack import Job, Stage
from localenv.stack.workers import server_of


def run(prepared: Prepared, events: EventLog, recorder: Recorder, job: Job) -> None:
    """Run one job; until a file or seed is completely loaded, its need counts as not started.

    A failed job leaves unknown data, so it stays due.
    """
    need = server_of(prepared.stack, job.need) if job.file or job.stage is Stage.SEED else ""
    before = recorder.record.components
    recorder.drop("components", lambda name: name == need)
    recorder.add(jobs={job.name: ""})
    seed_snapshots.discard(recorder.record.identity, prepared.plan.of(Action.SNAPSHOT))
    with events.step(Phase.JOB, job.name, _about(prepared, job)):
        warning = jobs.run(prepared, job, lambda line: events.output(job.name, line))
    if warning:
        events.emit(Phase.PLAN, "", Progress.DONE, warning)
    recorder.add(jobs={job.name: job.digest}, components=only(before, need))


def _about(prepared: Prepared, job: Job) -> str:
    """The title of a job; in a running environment also why it runs."""
    return job.title if prepared.is_new else f"{job.title}; {prepared.plan.reason(Action.RUN, job.name)}"
