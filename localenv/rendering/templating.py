"""Templates: built-in ones, overridden by name by those of a repository; every value in the output is quoted."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from traceback import walk_tb
from typing import Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    Undefined,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from localenv import paths
from localenv.errors import LocalenvError, shown
from localenv.host import contained
from localenv.rendering.bounded import TooMuch, bounded

# characters that YAML does not accept between double quotes, or folds as a line end, and those of the reading direction
_UNPRINTABLE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")


_MOST, _EXPONENT = 1_000_000, 64  # for products and powers


_SLOW = ("striptags", "urlize", "wordwrap")  # one call may take minutes, and is of no use in YAML


class RenderingError(LocalenvError):
    """A template that cannot be rendered."""

    exit_code = 2


class Quoted(str):
    """A text that is safe in a rendered file as it is."""

    __slots__ = ()


def render(name: str, view: Mapping[str, Any], repository: Path | None) -> str:
    """Render a template; a file of the same name in the repository's `envs/templates` replaces the built-in one.

    Such a file can include the one it replaces as `builtin/NAME`; without a repository only built-in ones are used.
    Raises RenderingError with the template's file and line.
    """
    try:
        with bounded() if repository and paths.overlays(repository).is_dir() else nullcontext():
            return _environment(repository).get_template(name).render(view)
    except TooMuch as error:
        raise RenderingError(f"{_where(error, name)}takes more time or memory than a template may") from error
    except TemplateNotFound as error:
        raise RenderingError(f"{_where(error, name)}unknown template '{error.name}'") from error
    except RecursionError as error:
        raise RenderingError(f"{_where(error, name)}nested too deeply") from error
    except Exception as error:  # any exception of an expression is a mistake in the template
        raise RenderingError(f"{_where(error, name)}cannot render the template: {error}") from error


def quoted(value: object) -> Quoted:
    """A value as YAML that reads back unchanged: JSON, with characters that YAML refuses escaped."""
    text = json.dumps(value, ensure_ascii=False, default=_unwritable)
    return Quoted(_UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def _unwritable(value: object) -> str:
    if isinstance(value, Undefined):
        return str(value)  # raises the error about the undefined name
    raise TemplateError(f"{value!r} is not a YAML value")


class _Fragments(FileSystemLoader):
    """A repository's templates; one that replaces a built-in template ends with a newline, as those do.

    A file that leads out of the repository is not read.
    """

    def __init__(self, repository: Path) -> None:
        super().__init__(paths.overlays(repository))
        self._repository = repository

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        lying = paths.overlays(self._repository) / template
        if lying.exists() and not (lying.is_file() and contained.is_within(lying, [self._repository])):
            raise TemplateError(f"{template} is outside the repository, or not a file")
        text, file, is_current = super().get_source(environment, template)
        ends = text.endswith("\n") or not (paths.templates() / template).is_file()
        return text if ends else f"{text}\n", file, is_current


class _Sandbox(ImmutableSandboxedEnvironment):
    """Limits the size of sums and products, because a single operation in Python cannot be interrupted."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        sizes = [len(one) if hasattr(one, "__len__") else abs(one) for one in (left, right)]
        if max(sizes, default=0) > _MOST or sizes[0] * sizes[1] > _MOST or (operator == "**" and sizes[1] > _EXPONENT):
            raise TooMuch
        return super().call_binop(context, operator, left, right)


def _environment(repository: Path | None) -> ImmutableSandboxedEnvironment:
    builtin = FileSystemLoader(paths.templates())
    overlays = [_Fragments(repository)] if repository else []
    environment = _Sandbox(
        loader=ChoiceLoader([*overlays, builtin, PrefixLoader({"builtin": builtin})]),
        undefined=StrictUndefined,
        finalize=_only_quoted,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["yaml"] = quoted
    del environment.filters["random"], environment.globals["lipsum"]  # the same description must give the same bytes
    for slow in _SLOW:
        del environment.filters[slow]
    return environment


def _only_quoted(value: object) -> str:
    if isinstance(value, Quoted):
        return value
    if isinstance(value, Undefined):
        return str(value)  # raises the error about the undefined name
    raise TemplateError("a value without the quoting filter: write {{ value | yaml }}")


def _where(error: Exception, name: str) -> str:
    if isinstance(error, TemplateSyntaxError):
        return f"{shown(Path(error.filename or name))}:{error.lineno}: "
    return "".join(list(_template_lines(error))[-1:]) or f"{name}: "


def _template_lines(error: Exception) -> Iterator[str]:
    for frame, line in walk_tb(error.__traceback__):
        if frame.f_code.co_filename.endswith(".j2"):
            yield f"{shown(Path(frame.f_code.co_filename))}:{line}: "
