"""Build images with python-on-whales, which is imported only when something is built."""

import re

from python_on_whales import DockerClient
from python_on_whales.exceptions import DockerException

from localenv.engines import Say
from localenv.engines.compose import driving, endpoint
from localenv.engines.compose.driving import Compose
from localenv.errors import BuildError, NotReadyError

_LIKE_A_STAGE = re.compile(r"docker\.io/library/([\w.-]+):latest")


def build(compose: Compose, name: str, say: Say) -> None:
    """Build one service's image and report each line; raises NotReadyError with the end of the builder's output."""
    lines: list[str] = []
    try:
        _build(compose, name, say, lines)
    except NotReadyError as error:
        step = next(filter(None, map(driving.failed_step, reversed(lines))), "")
        image = driving.failed_image(lines)
        message = f"{error.message} ({image})" if image and image not in error.message else error.message
        hint = "; ".join(filter(None, (error.hint, _stage(image))))
        raise BuildError(message, name=name, step=step, output=lines, hint=hint) from error


def _stage(image: str) -> str:
    """A hint for an image that is named as a stage would be; empty for others."""
    found = _LIKE_A_STAGE.fullmatch(image)
    return f"if {found[1]} was meant to be a stage, the Dockerfile has none of this name" if found else ""


def _build(compose: Compose, name: str, say: Say, lines: list[str]) -> None:
    with driving.watched(compose.identity) as silent:
        try:
            for _, line in _client(compose).compose.build([name], stream_logs=True) or ():
                lines.append(bytes(line).decode(errors="replace").rstrip())
                say(lines[-1])
        except DockerException as error:
            if silent.is_set():
                raise endpoint.silence() from error
            raise driving.refusal(f"{name}: build failed", lines, str(error)) from error


def _client(compose: Compose) -> DockerClient:
    return DockerClient(
        client_call=[*compose.call, "docker"],
        compose_files=list(compose.files),
        compose_env_files=[compose.dotenv],
        compose_project_name=compose.identity,
        compose_project_directory=compose.project,
    )
