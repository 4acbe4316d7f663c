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
from localenv.cli.commands import Called, ProgramEnded, ProgramWords, program
from localenv.cli.looking import attach
from localenv.cli.programs import attached
from localenv.console.failures import not_reloaded, warning
from localenv.environment import recording
from localenv.environment.recording import Recording
from localenv.environment.up.preparing import stack
from localenv.errors import LocalenvError, UsageError, shown
from localenv.errors.counting import counted
from localenv.stubs.recording.exchange import WITH_CONTENT
from localenv.stubs.recording.kept import LARGEST, MOST
from localenv.stubs.recording.writing import Written

_HAR = "har"
_LARGE, _MANY = 2 << 20, 2000  # bytes and requests, of which replacing secrets takes more than a second


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
    *,
    source: Annotated[
        str, Option("--from", metavar="URL", help="The real service: https://api.example; or har, a browser's FILE.")
    ],
    host: Annotated[str, Option(metavar="HOST", help="With --from har: only requests to this host.")] = "",
    output: options.Output,
    chosen: options.Chosen,
) -> None:
    """Record the traffic with a real service as stubs, without secrets.

    localenv record payments --from https://api.example -- pytest -q

    Requests to the upstream go through to the real service, until CMD ends or Ctrl-C. Then they are written into the
    upstream's own folder of stubs; secrets and personal data are replaced before that.
    """
    argv = program(ctx) if cast(Called, ctx.obj).program is not None else None
    env, rest = options.apart(words, chosen.option, least=1)
    request = options.request(env, chosen.name)
    if source == _HAR:
        if len(rest) != 2 or argv is not None:
            raise UsageError("--from har needs UPSTREAM and FILE", hint="localenv record payments --from har api.har")
        recorded = recording.of_har(stack(request), rest[0], Path(rest[1]), host)
        with suppress(LocalenvError):  # no environment runs
            recorded.load = recording.loading(attach(request), rest[0])
        _write(recorded, output)
        return
    if len(rest) != 1 or host:
        raise UsageError("expected one UPSTREAM", hint="localenv record payments --from https://api.example")
    found = attach(request)
    with found.recording(rest[0], source) as recorded:
        code = _while(found, argv) if argv is not None else _follow(found, rest[0], source, quiet=output.quiet)
    _write(recorded, output)
    if argv is not None:
        raise ProgramEnded(code)


def _while(found: Environment, argv: ProgramWords) -> int:
    """Run a program with the variables of the environment; returns its exit code."""
    with signals.passed_on():
        return attached(found.here(argv))


def _follow(found: Environment, upstream: str, source: str, *, quiet: bool) -> int:
    """Show requests as they come, until Ctrl-C; returns 0."""
    if not quiet:
        print(f"recording {upstream} from {source}; Ctrl-C writes the stubs", file=sys.stderr, flush=True)
    with suppress(KeyboardInterrupt), signals.passed_on():
        for call in found.requests([upstream], since=time.time(), follow=True):
            if not quiet:
                print(redaction.redacted(f"{call.method} {call.path} → {call.status}"), file=sys.stderr, flush=True)
    return 0


def _write(recorded: Recording, output: options.Output) -> None:
    """Write the stubs, and print which."""
    if recorded.lost:
        most = f"a recording keeps the last {MOST:,}, and {LARGEST >> 20} MiB"
        what = f"left out: the oldest {counted(recorded.lost, 'request')}; {most}"
        print(warning(what, sys.stderr), file=sys.stderr)
    if recorded.encoded:
        names = ", ".join(sorted({one.encoding for one in recorded.encoded}))
        what = f"left out: {counted(len(recorded.encoded), 'request')} with a body in {names}, which cannot be read"
        print(warning(what, sys.stderr), file=sys.stderr)
    if recorded.unanswered:
        what = f"left out: {counted(recorded.unanswered, 'request')} without an answer of {recorded.origin}"
        print(warning(what, sys.stderr), file=sys.stderr)
    if recorded.incomplete:
        what = f"left out: {counted(len(recorded.incomplete), 'request')} whose answer was not saved; {WITH_CONTENT}"
        print(warning(what, sys.stderr), file=sys.stderr)
    size = sum(len(one.body) + len(one.answer) for one in recorded.exchanges)
    if not output.quiet and (size > _LARGE or len(recorded.exchanges) > _MANY):
        what = f"{counted(len(recorded.exchanges), 'request')} ({size >> 20} MiB)"
        print(f"replacing secrets in {what}, which takes a while; Ctrl-C writes nothing", file=sys.stderr, flush=True)
    done = recorded.write()
    if recorded.refused:
        print(not_reloaded(recorded.root.name, recorded.refused, sys.stderr), file=sys.stderr)
    if output.json:
        groups = {"written": done.written, "unchanged": done.unchanged, "edited": done.edited}
        document = {key: [str(file) for file in listed] for key, listed in groups.items()}
        print(json_.dumps({"requests": len(recorded.exchanges), **document}, indent=2))
    elif not output.quiet:
        _show(done, len(recorded.exchanges))


def _show(done: Written, requests: int) -> None:
    for file in done.written:
        print(f"written {shown(file)}")
    for file in done.edited:
        print(f"not changed, because it was edited: {shown(file)}")
    same = f", {len(done.unchanged)} unchanged" if done.unchanged else ""
    print(f"{counted(requests, 'request')}: {counted(len(done.written), 'stub')} written{same}")
