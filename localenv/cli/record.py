"""`localenv record`."""

import json as json_
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated, cast

import typer
from typer import Argument, Option

from localenv import Environment, redaction
from localenv.cli import completing, options, signals
from localenv.cli.commands import Called, ProgramEnded, program
from localenv.cli.looking import attach
from localenv.cli.programs import attached
from localenv.console.failures import warning
from localenv.environment import recording
from localenv.environment.recording import Recording
from localenv.environment.up.preparing import stack
from localenv.errors import UsageError, shown
from localenv.stubs.recording.writing import Written

_HAR = "har"


def command(
    ctx: typer.Context,
    words: Annotated[
        list[str],
        Argument(
            metavar="[ENV] UPSTREAM [FILE]",
            help="The upstream whose stubs are written; FILE with --from har.",
            autocompletion=completing.upstreams,
        ),
    ],
    source: Annotated[
        str, Option("--from", metavar="URL", help="The real service: https://api.example; or har, a browser's FILE.")
    ],
    host: Annotated[str, Option(metavar="HOST", help="With --from har: only requests to this host.")] = "",
    json: options.Json = False,
    quiet: options.Quiet = False,
    option: options.EnvOption = None,
    name: options.Name = None,
) -> None:
    """Record the traffic with a real service as stubs, without secrets.

    localenv record payments --from https://api.example -- pytest -q

    Requests to the upstream go through to the real service, until CMD ends or Ctrl-C. Then they are written into the
    upstream's own folder of stubs; secrets and personal data are replaced before that.
    """
    argv = program(ctx) if cast(Called, ctx.obj).program is not None else None
    env, said = options.apart(words, option, least=1)
    request = options.request(env, name)
    if source == _HAR:
        if len(said) != 2 or argv is not None:
            raise UsageError("--from har needs UPSTREAM and FILE", hint="localenv record payments --from har api.har")
        _done(recording.of_har(stack(request), said[0], Path(said[1]), host), json=json, quiet=quiet)
        return
    if len(said) != 1 or host:
        raise UsageError("expected one UPSTREAM", hint="localenv record payments --from https://api.example")
    found = attach(request)
    code = 0
    with found.recording(said[0], source) as recorded:
        if argv is not None:
            with signals.passed_on():
                code = attached(found.here(argv))
        else:
            _follow(found, said[0], source, quiet=quiet)
    _done(recorded, json=json, quiet=quiet)
    if argv is not None:
        raise ProgramEnded(code)


def _follow(found: Environment, upstream: str, source: str, *, quiet: bool) -> None:
    """Show requests as they come, until Ctrl-C."""
    if not quiet:
        print(f"recording {upstream} from {source}; Ctrl-C writes the stubs", file=sys.stderr, flush=True)
    with suppress(KeyboardInterrupt), signals.passed_on():
        for call in found.requests([upstream], since=time.time(), follow=True):
            if not quiet:
                print(redaction.redacted(f"{call.method} {call.path} → {call.status}"), file=sys.stderr, flush=True)


def _done(recorded: Recording, *, json: bool, quiet: bool) -> None:
    if recorded.lost:
        print(warning(f"the oldest {recorded.lost} requests or more were lost", sys.stderr), file=sys.stderr)
    done = recorded.write()
    if json:
        groups = {"written": done.written, "unchanged": done.unchanged, "edited": done.edited}
        document = {key: [str(file) for file in listed] for key, listed in groups.items()}
        print(json_.dumps({"requests": len(recorded.exchanges), **document}, indent=2))
    elif not quiet:
        _show(done, len(recorded.exchanges))


def _show(done: Written, requests: int) -> None:
    for file in done.written:
        print(f"written {shown(file)}")
    for file in done.edited:
        print(f"left alone, as it was edited: {shown(file)}")
    same = f", {len(done.unchanged)} as they were" if done.unchanged else ""
    print(f"{requests} requests: {len(done.written)} stubs written{same}")
