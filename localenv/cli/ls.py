"""`localenv ls`."""

import json as json_
import sys
from typing import Any

from localenv.cli import options
from localenv.console.columns import columns, width
from localenv.console.ink import Ink
from localenv.environment.status import kept
from localenv.environment.surveying import survey
from localenv.stack.states import EnvironmentState
from localenv.state import Record


def command(json: options.JsonOption = False) -> None:
    """List all environments on this machine."""
    records = survey()
    if json:
        print(json_.dumps([_document(record) for record in records], indent=2))
        return
    if not records:
        print("no environments", file=sys.stderr)
        return
    rows = [(one.identity, one.state, one.engine, one.folder or "(unknown)", _detail(one)) for one in records]
    heading, *table = columns(
        rows, headings=("IDENTITY", "STATE", "ENGINE", "REPOSITORY", "DETAIL"), within=width(sys.stdout), shortened=(3,)
    )
    print("\n".join([Ink(sys.stdout)(heading, "dim"), *table]))


def _document(record: Record) -> dict[str, Any]:
    """`{environment, name, env, state, engine, repository, description, detail}`."""
    return {
        "environment": record.identity,
        "name": record.name,
        "env": record.env,
        "state": record.state,
        "engine": record.engine,
        "repository": record.folder,
        "description": record.description,
        "detail": _detail(record),
    }


def _detail(record: Record) -> str:
    return "; ".join(
        filter(None, (record.detail, kept(record) if record.state is not EnvironmentState.STOPPED else ""))
    )
