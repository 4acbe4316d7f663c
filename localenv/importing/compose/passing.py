"""Variables of a Compose file that have no value: a service is given those that the user has."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from localenv.importing.compose.files import Project
from localenv.importing.compose.texts import mapped, text
from localenv.importing.targets import SERVICES

if TYPE_CHECKING:
    from localenv.importing.compose.services import ServiceSource, Writing


def written(source: "ServiceSource", result: dict[str, str], writing: "Writing") -> Iterator[str]:
    """A file with the names of these variables, which are taken out of `result`: one that is unset stays so."""
    given = mapped(source.service.get("environment"))
    names = [key for key, value in given.items() if value is None and result.get(key) == f"${{env.{key}:-}}"]
    if names:
        file = f"variables/{source.name}"
        introduction = f"# {source.name} is given those of these variables that your shell or .env sets\n"
        writing.sketch.files[f"envs/{file}"] = introduction + "".join(f"{name}\n" for name in names)
        why = f"{', '.join(names)}: set {'it' if len(names) == 1 else 'them'} in .env, or in your shell"
        writing.sketch.comment(why, SERVICES, source.name, "env_file")
        yield file
    for name in names:
        del result[name]


def own_value(key: str, value: Any, project: Project) -> str:
    """The value of a variable, with atoms; one without a value is that of the user's shell."""
    return project.atoms.read(f"${{{key}:-}}" if value is None else text(value))
