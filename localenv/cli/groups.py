"""Options that belong together, as one parameter of a command."""

from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any, get_type_hints


def ungrouped(command: Callable[..., None]) -> Callable[..., None]:
    """The same command for Typer: a parameter whose type is a dataclass becomes one parameter for each field."""
    parameters = signature(command, eval_str=True).parameters
    kinds: dict[str, Any] = {name: one.annotation for name, one in parameters.items()}
    groups: dict[str, Any] = {name: kind for name, kind in kinds.items() if is_dataclass(kind)}
    if not groups:
        return command

    @wraps(command)
    def called(**values: Any) -> None:
        found = {
            name: group(**{one.name: values.pop(one.name) for one in fields(group)}) for name, group in groups.items()
        }
        command(**values, **found)

    single = [each for one in parameters.values() for each in (_options(one) if one.name in groups else (one,))]
    called.__signature__ = Signature([one.replace(kind=Parameter.KEYWORD_ONLY) for one in single])  # type: ignore[attr-defined]
    called.__annotations__ = {one.name: one.annotation for one in single}
    return called


def _options(group: Parameter) -> Iterator[Parameter]:
    types = get_type_hints(group.annotation, include_extras=True)
    for one in fields(group.annotation):
        default = Parameter.empty if one.default is MISSING else one.default
        yield Parameter(one.name, Parameter.KEYWORD_ONLY, default=default, annotation=types[one.name])
