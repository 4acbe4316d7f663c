"""A service's own command under the debugger of its language, in place of the service."""

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from localenv import process
from localenv.environment import ports
from localenv.environment.here import debuggers, own_commands
from localenv.environment.here.debuggers import Debugger, Workplace
from localenv.environment.here.in_place import MARK, service_of, taken
from localenv.errors import UsageError
from localenv.process import Invocation
from localenv.stack import Port, Service

if TYPE_CHECKING:
    from localenv.environment.handle import Environment


@contextmanager
def debugged(environment: "Environment", name: str, *, waits: bool) -> Iterator[tuple[Invocation, Debugger]]:
    """A service's own command under a debugger, in place of the service until the block exits.

    With `waits` it begins when a debugger has attached. Raises UsageError, before anything is stopped, for a command
    that no debugger on this machine can run.
    """
    service = service_of(environment, name)
    first, planned = _planned(environment, service, waits=waits)
    process.check(replace(first, argv=planned.argv))
    with taken(environment, name, command=f"{shlex.join(first.argv)} under a debugger"):
        invocation, debugger = _planned(environment, service, waits=waits)
        mark = {MARK: f"{environment.identity}/{name}"}
        yield replace(invocation, argv=debugger.argv, more=_variables(environment, name, debugger) | mark), debugger


def _variables(environment: "Environment", name: str, debugger: Debugger) -> dict[str, str]:
    """The service's variables; its own import path precedes that of a debugger."""
    found, more = environment.variables(name), dict(debugger.environment)
    if (own := found.get("PYTHONPATH")) and "PYTHONPATH" in more:
        more["PYTHONPATH"] = os.pathsep.join([own, more["PYTHONPATH"]])
    return {**found, **more}


def _planned(environment: "Environment", service: Service, *, waits: bool) -> tuple[Invocation, Debugger]:
    own = own_commands.invocation(environment, service)
    place = Workplace(folder=own.folder or Path.cwd(), environment=own.environment or {}, waits=waits)
    found = debuggers.under(own.argv, place, lambda usual: _free(environment.identity, usual))
    if found is None:
        hint = f"run a command of yours in its place: localenv debug {service.name} -- CMD"
        raise UsageError(f"no debugger for `{shlex.join(own.argv)}`", hint=hint)
    return own, found


def _free(identity: str, usual: int) -> int:
    """The usual port of a debugger, or another one if that is in use."""
    if ports.is_free(usual):
        return usual
    return ports.free(identity, [Port(name="debugger", target=usual)])["debugger"]
