"""Find the environment that a command refers to, and its record."""

import os
from contextlib import suppress
from pathlib import Path

from localenv import state
from localenv.engines.choosing import ENGINES, engine
from localenv.environment.locating import locate, places
from localenv.environment.request import Request
from localenv.errors import LocalenvError, UsageError
from localenv.stack.states import EnvironmentState
from localenv.state import Record

VARIABLE = "LOCALENV_ENVIRONMENT"  # set for every program that runs against an environment


def listing() -> list[Record]:
    """Every environment on this machine: recorded ones, and those of which only containers are left."""
    recorded = {record.identity: record for record in state.known()}
    for one in ENGINES:
        with suppress(LocalenvError):
            for name in engine(one).survey() or ():
                recorded.setdefault(name, orphan(name, one))
    return [recorded[name] for name in sorted(recorded)]


def find(name: str) -> Record | None:
    """The environment with an identity; queries Docker only if there is no record."""
    recorded = (record for look in (state.known, listing) for record in look() if record.identity == name)
    return next(recorded, None) if state.is_identity(name) else None


def surrounding() -> str | None:
    """The identity of the environment in which this process runs, as a CMD of `up` or `run`; None outside."""
    found = os.environ.get(VARIABLE, "")
    return found if state.is_identity(found) and state.is_recorded(found) else None


def resolve(text: str | None, name: str | None = None) -> str:
    """Resolve a description's name, an identity, or a --name, to an identity; raises UsageError, DescriptionError.

    Also finds an environment whose description was renamed or can no longer be used.
    """
    if text is None and name is None:
        text = surrounding()
    if text is not None and find(text):
        return text
    try:
        request = Request(target=locate(text), name=name)
    except UsageError:
        meant = (named(text) if text is not None and name is None else None) or undescribed(text, name)
        if meant is None:
            raise
        return meant.identity
    if meant := started(request):
        return meant.identity
    from localenv.environment.up import preparing  # reads the description, which is rarely needed

    return preparing.identity(request, preparing.stack(request))


def named(text: str) -> Record | None:
    """The one recorded environment that was started with this --name."""
    meant = [record for record in state.known() if record.is_named and record.name == text]
    return meant[0] if len(meant) == 1 else None


def started(request: Request) -> Record | None:
    """The one recorded environment that the request's description has started under its name."""
    return _started_by(request.target.file, request.name)


def undescribed(text: str | None, name: str | None = None) -> Record | None:
    """The one recorded environment of a description that has been there under this name, and is gone."""
    found = (_started_by(file, name) for file in places(text) if not file.exists())
    return next(filter(None, found), None)


def _started_by(file: Path, name: str | None) -> Record | None:
    records = (record for record in state.known() if Path(record.description) == file)
    meant = [one for one in records if one.name == name or (name is None and not one.is_named)]
    return meant[0] if len(meant) == 1 else None


def orphan(name: str, engine: str) -> Record:
    """A record built only from what the engine has, such as containers."""
    return Record(
        identity=name, name=name, env="", folder="", description="", engine=engine, state=EnvironmentState.FAILED
    )
