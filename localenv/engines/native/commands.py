"""Commands in the place of a service: on this machine, in its folder and environment."""

from collections.abc import Mapping, Sequence

from localenv import paths
from localenv.engines import Deployment, ExecOptions, Say
from localenv.engines.native import made, programs, services, supervising
from localenv.engines.native.programs import silent
from localenv.errors import LocalenvError
from localenv.guard import where
from localenv.process import Completed, Invocation
from localenv.stack import Job, Role, Stage


def run(deployment: Deployment, job: Job, say: Say) -> Completed:
    """Run a job under the guard, in the folder and environment of its service; record whether it has written there."""
    program = programs.job(deployment, job, say)
    if job.stage is not Stage.JOB or deployment.stack.services[job.service].role is not Role.SERVICE:
        return supervising.run(deployment.identity, job.name, program, say)
    with made.recorded(paths.output(deployment.identity, job.name), program.folder) as written:
        done = supervising.run(deployment.identity, job.name, program, say)
    if written:
        paths.written(deployment.identity, job.name).mkdir(parents=True, exist_ok=True, mode=0o700)
    return done


def inside(
    deployment: Deployment,
    name: str,
    argv: Sequence[str],
    environment: Mapping[str, str],
    options: ExecOptions = ExecOptions(),  # noqa: B008 - frozen
) -> Invocation:
    """The command on this machine, in the folder and environment of the service; `down` ends it too."""
    seen = supervising.observe(deployment.identity).services.get(name)
    if seen is None or not services.runs(seen):
        raise LocalenvError(f"{name} is not running", hint="list running services: localenv status")
    program = programs.inside(deployment, deployment.stack.services[name], argv, environment, silent)
    mark = {where.MARK: f"{deployment.identity}/{name}.exec"}
    return Invocation(argv=program.argv, environment={**program.environment, **mark}, folder=program.folder)


def outside(deployment: Deployment, name: str, argv: Sequence[str]) -> Invocation:
    """As its own process runs, whether that runs or not."""
    program = programs.inside(deployment, deployment.stack.services[name], argv, {}, silent)
    return Invocation(argv=program.argv, environment=program.environment, folder=program.folder)
