"""What the last `up` of an environment applied: it is what runs, whatever its files say since."""

import json

from localenv import paths
from localenv.errors import DescriptionError, LocalenvError
from localenv.host import files
from localenv.stack import Stack, documents


def record(identity: str, stack: Stack) -> None:
    """Keep a stack as it was planned, without what its references resolve to."""
    files.write(paths.stack(identity), json.dumps(documents.document(stack)))


def read(identity: str) -> Stack | None:
    """The stack of the last `up`; None where none is kept, or another version of localenv kept it."""
    return documents.stack(files.read_json(paths.stack(identity)))


def warning(error: LocalenvError) -> str:
    """One line for commands that look at an environment although its description cannot be used."""
    problems = error.problems if isinstance(error, DescriptionError) else ()
    first = f"{problems[0].at}: {problems[0].message}" if problems and problems[0].at else error.message
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{first.splitlines()[0]}{more}; using what the last up applied"
