"""Run jobs: commands in a service's container or process, and files loaded into needs."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from localenv import data, process
from localenv.engines import Say
from localenv.environment.logs.errors import ignored_error, printed_error, reason_line, unread_file
from localenv.environment.up.preparing import Prepared
from localenv.errors import JobError, NotReadyError
from localenv.host import contained
from localenv.needs import bare_clients
from localenv.needs.kinds import KINDS
from localenv.process import Completed
from localenv.stack import Command, Job, Reader, Template
from localenv.stack.workers import server_of

_TAIL = 20


def run(prepared: Prepared, job: Job, say: Say) -> str:
    """Run one job to completion; raises JobError with the failure and the end of its output.

    Returns a warning if its output has an error and it exited with 0; else an empty text.
    """
    if job.file:
        file = str(job.file)
        if moved := contained.moved({file: prepared.stack.leads.get(file, file)} if prepared.stack.leads else {}):
            raise JobError(f"{job.name}: {file} led to {moved[1]} when it was checked, and now leads to {moved[2]}")
        need = prepared.stack.needs[job.need]
        data.load(job, need, execute(prepared), lambda job: _beside(prepared, job, say))
        return ""
    try:
        done = prepared.engine.commands.run(prepared.deployment, _signed_in(prepared, job), say)
    except NotReadyError as error:  # the program could not be started
        raise JobError(error.message, hint=_elsewhere(prepared, job) or error.hint, log=error.log) from error
    if done.code != 0:
        cause = f": {line}" if (line := reason_line(done.lines)) else ""
        raise JobError(
            f"{job.name} failed: `{job.title}` exited with code {done.code}{cause}",
            log=done.lines[-_TAIL:],
            hint=(_elsewhere(prepared, job) if _unconnected(done.lines) else "") or _hint(prepared, job),
        )
    if line := unread_file(done.lines):
        raise JobError(
            f"{job.name} failed: psql went on without a file: {line}",
            log=done.lines[-_TAIL:],
            hint="paths after \\copy and \\i start at the folder of the command; in a seed with `file:`, at the seed",
        )
    if line := ignored_error(done.lines):
        return f"{job.name}: psql continued after an error (-v ON_ERROR_STOP=1 makes it stop): {line}"
    if line := printed_error(done.lines):
        return f"{job.name}: exited with code 0, but printed an error: {line}"
    return ""


def _signed_in(prepared: Prepared, job: Job) -> Job:
    """The job, with the login and database of its need where it calls the need's bare client."""
    need = prepared.stack.needs.get(job.service)
    if need is None:
        return job
    login = bare_clients.options(need, [*map(str, job.command)])
    return replace(job, command=(*job.command[:1], *login, *job.command[1:]))


def _beside(prepared: Prepared, job: Job, say: Say) -> Completed:
    """Run the client of a need where it can read the files next to the input file."""
    home = server_of(prepared.stack, job.need)
    script = data.script(job, prepared.stack.needs[job.need], home)
    return prepared.engine.commands.run(prepared.deployment, script, say)


def _unconnected(lines: Iterable[str]) -> bool:
    return any("connect" in line.lower() for line in lines)


def _elsewhere(prepared: Prepared, job: Job) -> str:
    """A hint for a client of the job's need that runs in a service, which is not connected to that need by itself."""
    need = prepared.stack.needs.get(job.need)
    client = KINDS[need.kind].client if need else None
    if need is None or client is None or job.service == need.name:
        return ""
    word = str(job.command[0])
    if word not in {*client.bare, str(client.command(need)[0])}:
        return ""
    return f"{word} ran in {job.service}: `service: {need.name}` of this step runs it in {need.name}, connected to it"


def _hint(prepared: Prepared, job: Job) -> str:
    """A hint: how to remove existing data that the job ran on, or how to run it less often."""
    if prepared.is_new:
        return "keep everything up with --keep-on-failure"
    kept = [name for name, need in prepared.stack.needs.items() if need.keep]
    removes = "localenv down --data, then localenv up" if kept else "localenv up --fresh"
    return (
        f"if it failed on existing data: `{removes}` starts with fresh data; "
        f"`inputs:` of {job.name} says which files make it run again"
    )


def prepare_need(prepared: Prepared, need: str) -> None:
    """Create databases and extensions that the need's image does not create; raises JobError."""
    data.prepare(prepared.stack.needs[need], execute(prepared))


def execute(prepared: Prepared) -> data.ExecuteInNeed:
    """A function that runs a command inside a need, without a terminal."""

    def inside(
        need: str, command: Command, environment: Mapping[str, Template], stdin: Iterable[bytes] | None
    ) -> Completed:
        resolution = prepared.deployment.resolution
        argv = resolution.argv(command, Reader.INSIDE, need)
        variables = resolution.mapping(environment, Reader.INSIDE, need)
        invocation = prepared.engine.commands.inside(prepared.deployment, need, argv, variables)
        return process.run(invocation, stdin=stdin)

    return inside
