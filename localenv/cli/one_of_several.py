"""Bring up one of several environments: a program of its own, which belongs to the command that starts several."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from localenv import Request
from localenv.cli import signals
from localenv.cli.stages import announced
from localenv.console.failures import failure
from localenv.console.progress import Form
from localenv.environment.locating import Target
from localenv.errors import LocalenvError
from localenv.process import Beside, Invocation

_RUN = "from localenv.cli import one_of_several; one_of_several.main()"
_INTERRUPTED = 130

PrintLine = Callable[[str], None]


def begin(request: Request, form: Form, *, output: PrintLine, errors: PrintLine) -> Beside:
    """Start the program."""
    argv = (sys.executable, "-P", "-c", _RUN, json.dumps(asdict(request), default=str), form)
    return Beside(Invocation(argv=argv), output, errors)


def main() -> None:
    """Bring it up, and print its summary; exits as `localenv up` does."""
    given, form = json.loads(sys.argv[1]), Form(sys.argv[2])
    target = Target(**{name: Path(path) for name, path in given.pop("target").items()})
    lists = {name: tuple(one) for name, one in given.items() if isinstance(one, list)}
    request = Request(target=target, **{**given, **lists})
    try:
        with signals.handled():
            announced(request, form)
    except LocalenvError as error:
        print(failure(error, sys.stderr), file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
