"""`localenv down`."""

import json as json_
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated

from typer import Option

from localenv.cli import options, signals
from localenv.console.failures import failure
from localenv.console.progress import Form, progress
from localenv.environment import finding
from localenv.environment.down import removing
from localenv.errors import LocalenvError, UsageError
from localenv.events import Event, Listener, Progress, ignore
from localenv.host.background import side_by_side
from localenv.state import Record

_AT_ONCE = 8


def command(
    envs: options.Envs = None,
    option: options.EnvOption = None,
    data: Annotated[bool, Option("--data", help="Also remove the data of needs with `keep: true`.")] = False,
    every: Annotated[bool, Option("--all", help="Remove all environments on this machine.")] = False,
    json: options.JsonOption = False,
    quiet: options.Quiet = False,
    name: options.Name = None,
) -> None:
    """Remove environments and everything that belongs to them.

    Exits with 0 if the environment is not running. An identity from `localenv ls` works in any folder, even after
    the repository has been deleted.
    """
    chosen = options.several(envs, option)
    if every and chosen != [None]:
        raise UsageError("--all takes no ENV", hint="localenv down --all")
    found = [record.identity for record in finding.listing()] if every else [_identity(env, name) for env in chosen]
    identities = list(dict.fromkeys(found))
    known = {one: record for one in identities if (record := finding.find(one))}
    removed, failed = _removed(identities, known, Form.SILENT if json or quiet else Form.PERSON, data=data)
    if json:
        print(json_.dumps({"removed": removed}))
    elif not quiet:
        _print(identities, removed, {} if data else known)
    if failed:
        raise failed


def _identity(env: str | None, name: str | None) -> str:
    try:
        return finding.resolve(env, name)
    except UsageError:
        if env is not None and options.is_identity(env):
            return env  # it may have existed
        raise


def _removed(
    identities: Sequence[str], known: Mapping[str, Record], form: Form, *, data: bool
) -> tuple[list[str], LocalenvError | None]:
    """The removed identities, and the last error; an error does not stop the removal of the others."""
    found: dict[str, bool | LocalenvError] = {}
    with signals.patient(), progress(form) as listener:
        shown = _until_removed(listener)

        def remove(identity: str) -> None:
            reported = shown if identity in known else ignore
            try:
                found[identity] = removing.down(identity, data=data, listener=reported)
            except LocalenvError as error:
                found[identity] = error

        for together in _together(identities, known):
            side_by_side(remove, together, at_once=_AT_ONCE)
    errors = [one for one in found.values() if isinstance(one, LocalenvError)]
    for error in errors[:-1]:
        print(failure(error, sys.stderr), file=sys.stderr)
    return [one for one in identities if found[one] is True], errors[-1] if errors else None


def _together(identities: Sequence[str], known: Mapping[str, Record]) -> list[list[str]]:
    """Those of one engine at one endpoint, which a process follows at a time; one without a record stands alone."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for one in identities:
        record = known.get(one)
        groups.setdefault((record.engine, record.endpoint) if record else (one,), []).append(one)
    return list(groups.values())


def _until_removed(listener: Listener) -> Listener:
    """A listener without the final event, which the result repeats."""

    def listen(event: Event) -> None:
        if event.state is not Progress.DONE or event.subject:
            listener(event)

    return listen


def _print(identities: list[str], removed: list[str], known: dict[str, Record]) -> None:
    for identity in identities:
        if identity in removed:
            print(f"removed {identity}")
            if identity in known and known[identity].keeps:
                print(f"  data of {', '.join(known[identity].keeps)} kept; `localenv down --data` removes it")
        else:
            print(f"{identity} is not running; nothing to remove")
    if not identities:
        print("no environments")
