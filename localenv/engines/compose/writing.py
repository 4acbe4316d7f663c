"""Write what Compose reads."""

from collections.abc import Iterator
from pathlib import Path

from localenv import paths
from localenv.engines import Deployment
from localenv.engines.compose import earlier, leading, ownership, proxies
from localenv.host import files
from localenv.paths import compose_files
from localenv.rendering import dotenv, hidden_values
from localenv.rendering.file import compose_file
from localenv.resolution import content_variable
from localenv.stack import Reader


def write(deployment: Deployment) -> None:
    """Write `compose.yaml` and, beside it, the private `.env` and the targets of paths."""
    folder = deployment.folder
    leading.record(folder, deployment.stack)
    files.write(compose_files.compose(folder), compose_file(deployment.stack, project(deployment)))
    files.write(paths.dotenv(folder), dotenv(variables(deployment)))
    proxies.write(deployment.stack, folder)
    earlier.clear(folder)


def project(deployment: Deployment) -> Path:
    """The folder that paths in the rendered files are relative to."""
    return paths.project(deployment.stack.folder, deployment.identity)


def variables(deployment: Deployment) -> dict[str, str]:
    """The variables of the `.env` file, which no other source may set."""
    published = dict(_published(deployment))
    contents = {content_variable(name): text.decode(errors="surrogateescape") for name, text in _contents(deployment)}
    hidden = hidden_values(deployment.resolution)
    identity = ownership.variables(deployment.identity, deployment.stack.folder)
    return {**deployment.values, **published, **contents, **hidden, **identity}


def _published(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """The address of each port on this machine."""
    for name, port in deployment.stack.ports.items():
        host, number = deployment.resolution.place.address(Reader.MACHINE, name)
        yield port.variable, number
        if name in deployment.stack.at_own_addresses:
            yield port.address_variable, host


def _contents(deployment: Deployment) -> Iterator[tuple[str, bytes]]:
    """Secrets and configs that are not mounted from a file of the repository."""
    for name, content in deployment.files.items():
        if deployment.stack.files[name.removesuffix(".pub")].file is None:
            yield name, content
