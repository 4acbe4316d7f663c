"""The stack that the last `up` applied: it describes what runs, even if the files have changed since."""

import json
from dataclasses import replace

from localenv import paths
from localenv.errors import DescriptionError, LocalenvError
from localenv.host import files
from localenv.paths import homes
from localenv.stack import Service, Stack, documents


def record(identity: str, stack: Stack) -> None:
    """Save a planned stack, without the values of its references."""
    files.write(paths.stack(identity), json.dumps(documents.document(stack)))


def read(identity: str) -> Stack | None:
    """The stack of the last `up`; None if none is saved or another version of localenv saved it."""
    return documents.stack(files.read_json(paths.stack(identity)))


def reached(planned: Stack, then: Stack) -> Stack:
    """The planned stack with the needs, ports and addresses of what runs, which only the next `up` changes."""
    needs = {name: then.needs.get(name, one) for name, one in planned.needs.items()}
    services = {name: _reached(one, then) for name, one in planned.services.items()}
    upstreams = {
        name: replace(one, port=was.port, own_address=was.own_address) if (was := then.upstreams.get(name)) else one
        for name, one in planned.upstreams.items()
    }
    return replace(planned, needs=needs, services=services, upstreams=upstreams)


def _reached(planned: Service, then: Stack) -> Service:
    was = then.services.get(planned.name)
    if was is None or planned.name in then.needs:
        return was or planned
    port = planned.port and then.ports.get(planned.port.name, planned.port)
    others = tuple(then.ports.get(one.name, one) for one in planned.extra_ports)
    return replace(planned, port=port, extra_ports=others, own_address=was.own_address)


def warning(error: LocalenvError) -> str:
    """A one-line warning for commands that inspect an environment whose description cannot be used."""
    problems = error.problems if isinstance(error, DescriptionError) else ()
    first = f"{problems[0].at}: {problems[0].message}" if problems and problems[0].at else error.message
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{first.splitlines()[0]}{more}; using what the last up applied"


def recorded_elsewhere(identity: str) -> str:
    """A one-line warning for commands about an environment that runs, and whose passwords are not known here."""
    where = f"{identity} runs, but its state is not in {homes.states()}"
    return f"{where}: passwords are not known; use the HOME or XDG_STATE_HOME of the `up` that started it"
