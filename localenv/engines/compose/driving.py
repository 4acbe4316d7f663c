"""Docker Compose itself, in a session of its own so that Ctrl-C reaches us first."""

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from python_on_whales import DockerClient
from python_on_whales.exceptions import DockerException

from localenv.engines import Say
from localenv.errors import EngineError, NotReadyError
from localenv.guard import where

_TAIL = 20  # lines of a log that a failure shows


def client(identity: str, folder: Path, variables: Iterable[str]) -> DockerClient:
    """Compose on the files of `folder`; `variables` come from its `.env` alone, whatever this process's own hold."""
    return DockerClient(
        client_call=[*_session(), *_environment(identity, variables), "docker"],
        compose_files=[folder / "compose.yaml"],
        compose_env_files=[folder / ".env"],
        compose_project_name=identity,
        compose_project_directory=folder,
    )


def up(compose: DockerClient, names: Sequence[str]) -> None:
    """Start services that have their images; raises NotReadyError with Compose's words."""
    try:
        compose.compose.up(
            list(names),
            detach=True,
            no_build=True,
            pull="never",
            dependencies=False,
            quiet=True,
        )
    except DockerException as error:
        raise _refusal(f"{', '.join(names)} cannot be started", error) from error


def create(compose: DockerClient, names: Sequence[str]) -> None:
    """Make services without starting them, and the network they are on; raises NotReadyError with Compose's words."""
    try:
        compose.compose.create(list(names), no_build=True)
    except DockerException as error:
        raise _refusal(f"{', '.join(names)} cannot be made", error) from error


def build(compose: DockerClient, name: str, say: Say) -> None:
    """Build one service's image, telling each line; raises NotReadyError with the end of the builder's output."""
    heard: list[str] = []
    try:
        for _, line in compose.compose.build([name], stream_logs=True) or ():
            heard.append(bytes(line).decode(errors="replace").rstrip())
            say(heard[-1])
    except DockerException as error:
        told = [line for line in heard if line.strip()]
        raise NotReadyError(f"{name}: its image cannot be built: {_reason(told)}", log=told[-_TAIL:]) from error


def _session() -> list[str]:
    return ["setsid"] if shutil.which("setsid") else []


def _environment(identity: str, variables: Iterable[str]) -> list[str]:
    """Without variables of this process that it would read, and marked, so that the guard finds what an owner left."""
    hidden = sorted({name for name in os.environ if name.startswith("COMPOSE_")} | (set(variables) & set(os.environ)))
    return ["env", *(word for name in hidden for word in ("-u", name)), f"{where.MARK}={identity}"]


def _refusal(what: str, error: DockerException) -> Exception:
    told = [line for line in str(error.stderr or "").splitlines() if line.strip()]
    reason = told[-1].removeprefix("Error response from daemon: ").strip() if told else str(error)
    if "Cannot connect to the Docker daemon" in reason:
        return EngineError(reason)
    return NotReadyError(f"{what}: {reason}", log=told[-_TAIL:])


def _reason(told: Sequence[str]) -> str:
    """The builder's own sentence: the last line that says what did not succeed."""
    named = [line for line in told if "ERROR" in line or "failed to solve" in line or "did not complete" in line]
    return (named or list(told) or ["no reason given"])[-1].strip()
