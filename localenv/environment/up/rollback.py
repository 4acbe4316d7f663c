"""What becomes of a start that fails: everything is removed, or kept for a retry."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from localenv import state
from localenv.environment import ownership
from localenv.environment.down import guarding, removing
from localenv.environment.request import Request
from localenv.environment.up.preparing import Prepared
from localenv.environment.up.recording import Recorder
from localenv.errors import Interrupted, JobError, LocalenvError
from localenv.events import EventLog, Phase, Progress
from localenv.stack import Stack
from localenv.stack.states import EnvironmentState
from localenv.state import Record
from localenv.stubs.sources import ahead


@contextmanager
def rolled_back(prepared: Prepared, recorder: Recorder, events: EventLog, before: Record | None) -> Iterator[None]:
    """Roll back a start that fails; an error during clean-up never hides the first error."""
    try:
        yield
    except BaseException as error:
        ahead.stop()  # else it would be loaded into what is being removed
        name, interrupted = recorder.record.identity, isinstance(error, KeyboardInterrupt)
        if interrupted or isinstance(error, LocalenvError):
            reason = error.message if isinstance(error, LocalenvError) else "interrupted"
            with suppress(OSError):  # the listener has gone
                events.emit(Phase.READY, "", Progress.FAILED, reason)
        events.close()  # threads that still run must not report or record anything
        recorder.close()
        if guarding.is_ending(name):
            raise _ended(recorder.record) from error
        if not prepared.is_new or (prepared.request.keep_on_failure and not interrupted):
            _kept(prepared, recorder.record, before, error)
        else:
            removing.clean_up(prepared.engine, recorder.record, events, error)
        if interrupted:
            left = "everything removed" if prepared.is_new else "still up, partly updated"
            by = " by `localenv down`" if removing.is_asked_for(name) else ""
            raise Interrupted(f"interrupted{by}; {left}") from None
        raise


def _kept(prepared: Prepared, record: Record, before: Record | None, error: BaseException) -> None:
    """Keep what runs, with its previous owner; a new environment has no owner."""
    guarding.end_processes(record.identity)
    if prepared.is_new:
        with suppress(guarding.Ending):
            guarding.adopt(record.identity, None)
    else:
        ownership.return_claim(record.identity, before)
    owner, lease = (before.owner, before.lease) if before and not prepared.is_new else (None, None)
    with suppress(OSError):
        detail = str(error).partition("\n")[0]
        state.save(record.but(state=EnvironmentState.FAILED, detail=detail, owner=owner, lease=lease))
    if isinstance(error, LocalenvError):
        more = f"; {error.hint}" if error.hint and isinstance(error, JobError) and not prepared.is_new else ""
        error.hint = f"to retry from the failed step: {_again(prepared)}{more}"


def _ended(record: Record) -> LocalenvError:
    reason = f"its owner (pid {record.owner.pid}) has exited" if record.owner else "its lease has expired"
    return LocalenvError(f"{record.identity} is being removed: {reason}", hint="start it again: localenv up")


def _again(prepared: Prepared) -> str:
    """The command that continues a failed start."""
    detach = " --detach" if prepared.request.detach else ""
    return f"{command(prepared.request, prepared.stack)} --keep-on-failure{detach}"


def command(request: Request, planned: Stack) -> str:
    """The `up` command line of a request."""
    words = ["localenv", "up", planned.env, *(["--name", request.name] if request.name else [])]
    return shlex.join([*words, *(word for profile in request.profiles for word in ("--profile", profile))])
