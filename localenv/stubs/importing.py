"""Import mappings into a stub server."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from localenv.errors import DescriptionError
from localenv.errors.problems import Problem
from localenv.stubs.asking import Asking, good
from localenv.stubs.layers import LayeredMapping

_OVERWRITE = {"duplicatePolicy": "OVERWRITE", "deleteAllNotInImport": False}
_PATIENCE, _EACH = 30.0, 0.1  # seconds: a busy machine takes a second for some dozen large mappings


def import_mappings(
    asking: Asking, mappings: Sequence[Mapping[str, Any]], written: Sequence[LayeredMapping] = ()
) -> None:
    """Import mappings; one with the id of another replaces it. `written` are the same as they stand in files.

    Raises DescriptionError, with nothing changed, for a mapping that the server refuses.
    """
    content = {"mappings": mappings, "importOptions": _OVERWRITE}
    answer = asking.send("POST", "/mappings/import", json=content, timeout=_PATIENCE + len(mappings) * _EACH)
    if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
        raise DescriptionError([_problem(error, written) for error in answer.json()["errors"]])
    good(answer)


def _problem(error: Mapping[str, Any], written: Sequence[LayeredMapping]) -> Problem:
    """A mapping that the server refuses, as a problem; the error's pointer leads to the position."""
    message = f"WireMock rejected it: {error.get('detail') or error.get('title')}"
    steps = error.get("source", {}).get("pointer", "").split("/")[1:]
    if len(steps) < 2 or not steps[1].isdigit() or int(steps[1]) >= len(written):
        return Problem(message)
    one = written[int(steps[1])]
    inside = tuple(int(step) if step.isdigit() else step for step in steps[2:])
    return Problem(message, one.at(inside))
