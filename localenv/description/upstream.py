"""Upstreams in the format: their own keys, and those of each kind of source."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, create_model, model_validator

from localenv.description.model import Model
from localenv.description.real import RealModel
from localenv.description.short_forms import Listed
from localenv.description.values import FilePath, Fixed, HostName, PortNumber, Truth, choice, mistake
from localenv.errors.problems import Position
from localenv.stack import StubSource
from localenv.stubs.sources import SOURCES
from localenv.stubs.sources.kind import Key, SourceKind, Takes

_PATHS = (Takes.FOLDER, Takes.FILE, Takes.PATH)
_FORMS: Mapping[Takes, Any] = {**dict.fromkeys(_PATHS, FilePath), Takes.NAME: Fixed, Takes.SWITCH: Truth}


class UpstreamModel(Model):
    """An external service, answered by stubs; of several sources of one kind the first has precedence."""

    EXAMPLE = "{stubs: ../stubs/payments}, {real: https://api.example.com}, or {} without stubs"

    port: Annotated[PortNumber | None, Field(description="The port, if the program has it fixed.")] = None
    address: Annotated[
        str | None,
        *choice("own"),
        Field(description="own: on this machine at a separate loopback address, on its port."),
    ] = None
    hosts: Annotated[
        Listed[HostName],
        Field(description="Further Host headers of this upstream, such as api.partner.example."),
    ] = ()
    templating: Annotated[
        str | None,
        *choice("all"),
        Field(description="all: every stub is a template, even without a transformer."),
    ] = None
    unmatched: Annotated[
        str, *choice("fail", "warn", "ignore"), Field(description="How a test reacts to an unmatched request.")
    ] = "fail"

    real: Annotated[RealModel | None, Field(description="The real server, for `localenv real` and `up --real`.")] = None

    def paths(self) -> Iterator[tuple[str, Takes, Path | tuple[Path, ...]]]:
        """The keys with paths as values, the kind of path, and the values."""
        for key, about in source_keys(SOURCES).items():
            if about.takes in _PATHS and (found := getattr(self, key)):
                yield key, about.takes, found

    def sources(self, at: Callable[..., Position]) -> Iterator[StubSource]:
        """The sources of its stubs; `at` returns the position of a path within it."""
        for name, kind in SOURCES.items():
            found = getattr(self, name)
            options = {key: value for key in kind.OPTIONS if (value := getattr(self, key)) is not None}
            if kind.KEY.is_list:
                yield from (
                    StubSource(kind=name, value=value, options=options, at=at(name, number))
                    for number, value in enumerate(found)
                )
            elif found is not None:
                yield StubSource(kind=name, value=found, options=options, at=at(name))

    @model_validator(mode="after")
    def _options_of_something(self) -> Self:
        for key in dict.fromkeys(key for kind in SOURCES.values() for key in kind.OPTIONS):
            kinds = [name for name, kind in SOURCES.items() if key in kind.OPTIONS]
            if getattr(self, key) is not None and not any(getattr(self, name) for name in kinds):
                raise mistake(f"has {key}:, but no {': or '.join(kinds)}:")
        return self


def source_keys(kinds: Mapping[str, SourceKind]) -> dict[str, Key]:
    """Every key of an upstream for a source, or for an option of one."""
    return {key: about for name, kind in kinds.items() for key, about in {name: kind.KEY, **kind.OPTIONS}.items()}


def _field(about: Key) -> tuple[Any, Any]:
    form = _FORMS[about.takes]
    listed: Any = Listed  # a type created at run time
    if about.is_list:
        return listed[form], Field((), description=about.help)
    return form | None, Field(None, description=about.help)


if TYPE_CHECKING:
    WrittenUpstream = UpstreamModel
else:
    WrittenUpstream = create_model(
        "UpstreamModel",
        __base__=UpstreamModel,
        __doc__=UpstreamModel.__doc__,
        **{key: _field(about) for key, about in source_keys(SOURCES).items()},
    )
