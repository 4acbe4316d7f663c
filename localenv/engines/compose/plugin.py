"""Find Compose, a plugin of the program `docker`, to run it without that program.

The folders are those of `GetPluginDirs` in docker/cli.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from localenv.engines.compose import endpoint

_NAME = "docker-compose"
_FOLDERS = tuple(
    Path(one, "docker/cli-plugins") for one in ("/usr/local/lib", "/usr/local/libexec", "/usr/lib", "/usr/libexec")
)


def command() -> tuple[str, ...]:
    """The first words of a command of Compose: the plugin, or `docker compose` where it cannot be called directly."""
    found = (str(folder / _NAME) for folder in _folders() if os.access(folder / _NAME, os.X_OK))
    plugin = "" if _is_script(shutil.which("docker")) else next(found, "")
    return (plugin,) if plugin else ("docker", "compose")


def _folders() -> Iterator[Path]:
    more = endpoint.configured().get("cliPluginsExtraDirs")
    yield from (Path(str(one)) for one in (more if isinstance(more, list) else ()))
    yield endpoint.settings() / "cli-plugins"
    yield from _FOLDERS


def _is_script(program: str | None) -> bool:
    """Whether it may set variables, or call another engine's program."""
    with Path(program or os.devnull).open("rb") as opened:
        return opened.read(2) == b"#!"
