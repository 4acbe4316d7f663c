"""Jobs: commands in the place of a service, and files read into needs."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from localenv import data, needs, process
from localenv.engines import Say
from localenv.environment.preparing import Prepared
from localenv.errors import JobError
from localenv.process import Completed
from localenv.stack import Job, Reader, Template

_TAIL = 20

Execute = Callable[[str, Sequence[str | Template], Mapping[str, str], Iterable[bytes] | None], Completed]


def run(prepared: Prepared, job: Job, say: Say) -> None:
    """Run one job to its end; raises JobError with what failed and the end of its output."""
    if job.file:
        data.load(job, prepared.stack.needs[job.need], execute(prepared))
        return
    done = prepared.engine.run(prepared.deployment, job, say)
    if done.code != 0:
        raise JobError(
            f"{job.name}: `{job.title}` exited with code {done.code}",
            log=done.lines[-_TAIL:],
            hint=f"repeat this step: localenv up {prepared.stack.env} --keep-on-failure",
        )


def initialise(prepared: Prepared, need: str) -> None:
    """Make what the need's image does not: further databases and extensions."""
    facts = prepared.stack.needs[need]
    kind = needs.kind(facts.kind)
    text, client = kind.initial(facts), kind.sql(facts)
    if text and client:
        done = execute(prepared)(need, client, {}, [text.encode()])
        if done.code != 0:
            raise JobError(f"{need}: {kind.culprit(done.output)[1]}", log=done.lines[-_TAIL:])


def execute(prepared: Prepared) -> Execute:
    """Runs a command in a need's own place, with what its clients read from the environment."""

    def inside(
        need: str, command: Sequence[str | Template], environment: Mapping[str, str], stdin: Iterable[bytes] | None
    ) -> Completed:
        settlement = prepared.deployment.settlement
        argv = [word if isinstance(word, str) else settlement.text(word, Reader.INSIDE, need) for word in command]
        variables = {**settlement.client(need), **environment}
        invocation = prepared.engine.invocation(prepared.deployment, need, argv, variables, terminal=False)
        return process.run(invocation, stdin=stdin)

    return inside
