"""Run Docker Compose, in a separate session so that Ctrl-C reaches localenv first.

Starting calls it directly: importing python-on-whales takes 0.2 s, on a busy machine 0.35 s of CPU time, for which the
first container would wait. Builds, which take longer, use it (`building.py`). The program `docker` takes as long as
Compose itself, and is left out where that is possible (`plugin.py`).
"""

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from localenv import paths
from localenv.engines.compose import daemon, endpoint, plugin, pulse, refusals, subnets
from localenv.errors import EngineError, LocalenvError, NotReadyError
from localenv.guard import where
from localenv.host import waiting
from localenv.paths import compose_files
from localenv.process import Invocation, run

_FILES = (compose_files.compose, compose_files.network, compose_files.proxies, compose_files.earlier)
# the builder would run git in a build context, which may be an untrusted repository
_NO_GIT = ("BUILDX_GIT_INFO=0", "BUILDX_GIT_LABELS=0", "BUILDX_GIT_CHECK_DIRTY=0")
# of Compose's own memory: collecting it takes a fifth of its processor time
_COLLECTED_LESS = "GOGC=400"
_AFTERMATH = 1.0  # seconds in which Docker still makes what a killed Compose has asked for, so that it can be removed
_TAIL = 20  # log lines to show for a failure
_RUN = re.compile(r'process "(.*)" did not complete successfully: exit code: (\d+)')
_AS_IT_IS = ("--no-build", "--no-deps", "--pull", "never")
_CONTRADICTION = re.compile(r"\bservices\.([\w-]+): (.+): invalid compose project")
_ABSENT = re.compile(r'failed to calculate checksum of ref \S+: "/([^"]+)": not found')
_ERROR = re.compile(r"#(\d+) ERROR: ")
_METADATA = re.compile(r"#(\d+) \[.*internal\] load metadata for (\S+)")
_PROGRESS = re.compile(r"\s*(Network|Volume|Container) \S+ +[A-Z][a-z]+ *")  # `Container x  Creating`
_unfinished: set[str] = set()  # environments whose Compose works, or was interrupted


@dataclass(frozen=True, kw_only=True)
class Compose:
    """Compose with the files of one environment; paths in them are relative to `project`.

    `call` precedes the program: it removes variables that only the `.env` file may set.
    """

    identity: str
    project: Path
    call: tuple[str, ...]
    files: tuple[Path, ...]
    dotenv: Path

    def up(self, names: Sequence[str]) -> None:
        """Start services whose images exist; raises NotReadyError with Compose's message."""
        self._run(f"{', '.join(names)} cannot be started", "up", "--detach", *_AS_IT_IS, *names)

    def make(self, names: Sequence[str]) -> None:
        """Create the containers of services, to be started later; raises NotReadyError with Compose's message."""
        self._run(f"{', '.join(names)} cannot be started", "up", "--no-start", *_AS_IT_IS, *names)

    def make_network(self, service: str) -> None:
        """Create the network together with the first service; raises NotReadyError with Compose's message.

        Compose has no command for the network alone, and refuses or replaces one that it has not created. So this also
        creates the service's container, which `up` starts later.
        """
        self._run(f"cannot create the network of {service}", "create", "--no-build", service)

    def _run(self, what: str, *words: str) -> None:
        named = [word for file in self.files for word in ("--file", str(file))]
        named += ["--env-file", str(self.dotenv), "--project-name", self.identity]
        argv = (*self.call, *plugin.command(), *named, "--project-directory", str(self.project), *words)
        _unfinished.add(self.identity)
        with watched(self.identity) as silent:
            done = run(Invocation(argv=argv))
            if done.code < 0:
                waiting.pause(_AFTERMATH)
        _unfinished.discard(self.identity)
        if done.code and silent.is_set():
            raise endpoint.silence()
        if done.code:
            raise refusal(what, done.lines, f"docker compose exited with code {done.code}")


def compose(identity: str, folder: Path, project: Path, variables: Iterable[str]) -> Compose:
    """Compose with the files of `folder`.

    `variables` come only from its `.env`, not from this process's environment.
    """
    return Compose(
        identity=identity,
        project=project,
        call=(*_session(), *_environment(identity, variables), *_in(folder)),
        files=tuple(file for one in _FILES if (file := one(folder)).exists()),
        dotenv=paths.dotenv(folder),
    )


def wait_for_rest(identity: str) -> bool:
    """Wait for what Docker still makes for an interrupted Compose; returns whether there was one."""
    if identity not in _unfinished:
        return False
    waiting.pause(_AFTERMATH)
    _unfinished.discard(identity)
    return True


@contextmanager
def watched(identity: str) -> Iterator[Event]:
    """End Compose when Docker stops answering; the event is set then."""
    with pulse.watched(identity, endpoint.address()) as silent:
        yield silent


def failed_step(line: str) -> str:
    """The command that failed in a build, with its exit code; empty if the line does not name one."""
    found = _RUN.search(line)
    if found is None:
        return ""
    command = found[1].removeprefix("/bin/sh -c ").replace('\\"', '"')
    return f"RUN {command}, exit code: {found[2]}"


def failed_image(printed: Sequence[str]) -> str:
    """The base image of a build that could not be had; empty if something else failed."""
    failed = {found[1] for line in printed if (found := _ERROR.match(line))}
    named = (found for line in printed if (found := _METADATA.match(line)))
    return next((found[2] for found in named if found[1] in failed), "")


def refusal(what: str, printed: Sequence[str], otherwise: str) -> LocalenvError:
    """The error with a known cause, else with the relevant line of Compose or the builder."""
    output = [line for line in printed if line.strip() and not _PROGRESS.fullmatch(line)]
    reason = _reason(output).removeprefix("Error response from daemon: ") if output else otherwise
    if found := _ABSENT.search(reason):
        hint = "COPY takes files of the build context (`build:`), without those that .dockerignore names"
        return NotReadyError(f"{what}: {found[1]} is not in the build context", hint=hint, log=output[-_TAIL:])
    if found := _CONTRADICTION.search(reason):
        hint = f"correct the keys under compose: of {found[1]}"
        return NotReadyError(f"{found[1]}: Compose refuses its keys: {found[2]}", hint=hint, log=output[-_TAIL:])
    known = next(filter(None, (refusals.explained(one, daemon.publisher) for one in (reason, "\n".join(output)))), None)
    if known is None or (_RUN.search(reason) and not known.is_engine):  # otherwise the program failed, not Docker
        return NotReadyError(f"{what}: {reason.removeprefix('failed to solve: ')}", log=output[-_TAIL:])
    kind = EngineError if known.is_engine else subnets.Taken if known.is_subnet else NotReadyError
    return kind(f"{what}: {known.cause}", log=output[-_TAIL:], hint=known.hint)


def _session() -> list[str]:
    return ["setsid"] if shutil.which("setsid") else []


def _in(folder: Path) -> list[str]:
    """The arguments to run in a folder whose `.env` the builder may read, which is not the repository's."""
    return ["sh", "-c", 'cd "$0" && exec "$@"', str(folder)]


def _environment(identity: str, variables: Iterable[str]) -> list[str]:
    """Remove variables that Compose would read, and mark the process so that the guard can find it."""
    hidden = sorted({name for name in os.environ if name.startswith("COMPOSE_")} | (set(variables) & set(os.environ)))
    more = [] if "GOGC" in os.environ else [_COLLECTED_LESS]
    return ["env", *(word for name in hidden for word in ("-u", name)), f"{where.MARK}={identity}", *more, *_NO_GIT]


def _reason(output: Sequence[str]) -> str:
    """The last line that reports a failure."""
    words = ("ERROR", "failed to solve", "did not complete", "Error response", "error while")
    named = [line for line in output if any(word in line for word in words)]
    return (named or list(output))[-1].strip()
