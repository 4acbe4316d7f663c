"""Apply a repository's own fragments to the Compose file, within the limits of a description."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from localenv import paths, sources
from localenv.description.files import Bounds
from localenv.description.raw import raw
from localenv.environment import mounts
from localenv.environment.fragment_rules import Rules
from localenv.errors import DescriptionError, shown
from localenv.errors.problems import Problem
from localenv.rendering import Ejected, document, view
from localenv.rendering.templating import render
from localenv.stack import Stack


def applied(planned: Stack, bounds: Bounds) -> Stack:
    """The stack with the Compose file of the fragments; services get a digest of it, so that changes are detected.

    Raises RenderingError for fragments that cannot be rendered, and DescriptionError with all violations.
    """
    folder = paths.project(planned.folder, "any")  # same depth as the real folder
    plain, own = _checked(planned, bounds, folder, view(planned, folder))
    changed = {
        name: sha256(repr(service).encode()).hexdigest()
        for name, service in own["services"].items()
        if service != plain["services"][name]
    }
    return replace(
        planned,
        services={name: replace(one, overlaid=changed.get(name, "")) for name, one in planned.services.items()},
        leads=mounts.checked(planned, bounds, own["services"]),
        rendered=document.text(own),
    )


def ejected(planned: Stack, bounds: Bounds, folder: Path, more: Ejected) -> str:
    """The Compose file for a folder that runs without localenv; raises what `applied` does."""
    _, own = _checked(planned, bounds, folder, view(planned, folder, ejected=more))
    return document.text(own)


def _checked(
    planned: Stack, bounds: Bounds, folder: Path, values: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The file of the built-in templates and that of the fragments, which are rendered only once."""
    plain, own = (_document(render("compose.yaml.j2", values, of)) for of in (None, planned.folder))
    published = {f"${{{port.variable}{default}}}" for port in planned.ports.values() for default in ("", ":-")}
    rules = Rules(folder=folder, bounds=bounds, plain=plain, own=own, published=published)
    where = shown(paths.overlays(planned.folder))
    if problems := [Problem(f"{where}: {broken}", hint=hint) for broken, hint in rules.broken()]:
        raise DescriptionError(problems)
    return plain, own


def _document(text: str) -> dict[str, Any]:
    try:
        found = raw(sources.parsed(text, paths.overlays(Path())))
    except DescriptionError as error:
        lines = text.splitlines()
        raise DescriptionError([_unreadable(problem, lines) for problem in error.problems]) from error
    assert isinstance(found, dict)
    if _has_nul(found):
        raise DescriptionError([Problem(f"{paths.overlays(Path())}: the rendered file contains a NUL character")])
    return found


def _has_nul(value: Any) -> bool:
    match value:
        case str():
            return "\0" in value
        case dict():
            return any(map(_has_nul, (*value, *value.values())))
        case list():
            return any(map(_has_nul, value))
    return False


def _unreadable(problem: Problem, lines: list[str]) -> Problem:
    line = lines[problem.at.line - 1 : problem.at.line] if problem.at else []
    excerpt = f" ({line[0].strip()})" if line else ""
    message = f"{paths.overlays(Path())}: the rendered file is invalid: {problem.message}{excerpt}"
    return Problem(message, hint=problem.hint)
