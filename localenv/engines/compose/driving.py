"""Run Docker Compose, in a separate session so that Ctrl-C reaches localenv first."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from python_on_whales import DockerClient
from python_on_whales.exceptions import DockerException

from localenv import paths
from localenv.engines import Say
from localenv.engines.compose import daemon, endpoint, pulse, refusals, subnets
from localenv.errors import BuildError, EngineError, LocalenvError, NotReadyError
from localenv.guard import where
from localenv.paths import compose_files

_FILES = (compose_files.compose, compose_files.network, compose_files.proxies)
# the builder would run git in a build context, which may be an untrusted repository
_NO_GIT = ("BUILDX_GIT_INFO=0", "BUILDX_GIT_LABELS=0", "BUILDX_GIT_CHECK_DIRTY=0")
_TAIL = 20  # log lines to show for a failure
_RUN = re.compile(r'process "(.*)" did not complete successfully: exit code: (\d+)')
_PROGRESS = re.compile(r"\s*(Network|Volume|Container) \S+ +[A-Z][a-z]+ *")  # `Container x  Creating`


def client(identity: str, folder: Path, project: Path, variables: Iterable[str]) -> DockerClient:
    """Compose with the files of `folder`; paths in them are relative to `project`.

    `variables` come only from its `.env`, not from this process's environment.
    """
    return DockerClient(
        client_call=[*_session(), *_environment(identity, variables), *_in(folder), "docker"],
        compose_files=[file for one in _FILES if (file := one(folder)).exists()],
        compose_env_files=[paths.dotenv(folder)],
        compose_project_name=identity,
        compose_project_directory=project,
    )


def up(compose: DockerClient, names: Sequence[str]) -> None:
    """Start services whose images exist; raises NotReadyError with Compose's message."""
    _up(compose, names, start=True)


def make(compose: DockerClient, names: Sequence[str]) -> None:
    """Create the containers of services, to be started later; raises NotReadyError with Compose's message."""
    _up(compose, names, start=False)


def make_network(compose: DockerClient, service: str) -> None:
    """Create the network together with the first service; raises NotReadyError with Compose's message.

    Compose has no command for the network alone, and refuses or replaces one that it has not created. So this also
    creates the service's container, which `up` starts later.
    """
    with _translated(compose, f"cannot create the network of {service}"):
        compose.compose.create([service], no_build=True)


def build(compose: DockerClient, name: str, say: Say) -> None:
    """Build one service's image and report each line; raises NotReadyError with the end of the builder's output."""
    lines: list[str] = []
    try:
        with _translated(compose, f"{name}: build failed", lines):
            for _, line in compose.compose.build([name], stream_logs=True) or ():
                lines.append(bytes(line).decode(errors="replace").rstrip())
                say(lines[-1])
    except NotReadyError as error:
        step = next((_step(found) for line in reversed(lines) if (found := _RUN.search(line))), "")
        raise BuildError(error.message, name=name, step=step, output=lines, hint=error.hint) from error


def _up(compose: DockerClient, names: Sequence[str], *, start: bool) -> None:
    with _translated(compose, f"{', '.join(names)} cannot be started"):
        compose.compose.up(
            list(names),
            detach=start,
            start=start,
            no_build=True,
            pull="never",
            dependencies=False,
            quiet=True,
        )


@contextmanager
def _translated(compose: DockerClient, what: str, lines: Sequence[str] | None = None) -> Iterator[None]:
    """Translate a failure of Compose; ends Compose when Docker stops answering."""
    identity = str(compose.client_config.compose_project_name)
    with pulse.watched(identity, endpoint.address()) as silent:
        try:
            yield
        except DockerException as error:
            if silent.is_set():
                raise endpoint.silence() from error
            printed = lines if lines is not None else str(error.stderr or "").splitlines()
            output = [line for line in printed if line.strip() and not _PROGRESS.fullmatch(line)]
            raise _refusal(what, output, str(error)) from error


def _step(failed: re.Match[str]) -> str:
    return f"RUN {failed[1].removeprefix('/bin/sh -c ')}, exit code: {failed[2]}"


def _session() -> list[str]:
    return ["setsid"] if shutil.which("setsid") else []


def _in(folder: Path) -> list[str]:
    """The arguments to run in a folder whose `.env` the builder may read, which is not the repository's."""
    return ["sh", "-c", 'cd "$0" && exec "$@"', str(folder)]


def _environment(identity: str, variables: Iterable[str]) -> list[str]:
    """Remove variables that Compose would read, and mark the process so that the guard can find it."""
    hidden = sorted({name for name in os.environ if name.startswith("COMPOSE_")} | (set(variables) & set(os.environ)))
    return ["env", *(word for name in hidden for word in ("-u", name)), f"{where.MARK}={identity}", *_NO_GIT]


def _refusal(what: str, output: Sequence[str], otherwise: str) -> LocalenvError:
    """The error with a known cause, else with the relevant line of Compose or the builder."""
    reason = _reason(output).removeprefix("Error response from daemon: ") if output else otherwise
    known = next(filter(None, (refusals.explained(one, daemon.publisher) for one in (reason, "\n".join(output)))), None)
    if known is None or (_RUN.search(reason) and not known.is_engine):  # otherwise the program failed, not Docker
        return NotReadyError(f"{what}: {reason}", log=output[-_TAIL:])
    kind = EngineError if known.is_engine else subnets.Taken if known.is_subnet else NotReadyError
    return kind(f"{what}: {known.cause}", log=output[-_TAIL:], hint=known.hint)


def _reason(output: Sequence[str]) -> str:
    """The last line that reports a failure."""
    words = ("ERROR", "failed to solve", "did not complete", "Error response", "error while")
    named = [line for line in output if any(word in line for word in words)]
    return (named or list(output))[-1].strip()
