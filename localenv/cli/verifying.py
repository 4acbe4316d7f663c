"""`localenv check --pact`: verify contracts of Pact, and print what differs."""

import json as json_
import sys
from collections.abc import Sequence
from pathlib import Path

from localenv import redaction
from localenv.cli import options
from localenv.cli.looking import attach
from localenv.console.ink import Ink
from localenv.errors import LocalenvError, UsageError
from localenv.stubs.verification import Verified

USAGE = "localenv check --pact --provider api --contract ../pacts"


def verify(
    envs: Sequence[str], name: str | None, provider: str | None, contracts: Sequence[Path], *, json: bool
) -> None:
    """Verify the contracts of upstreams, or of a service under work; raises LocalenvError if one does not hold."""
    if len(envs) > 1:
        raise UsageError(f"--pact checks one environment, not {', '.join(envs)}")
    if (provider is None) != (not contracts):
        raise UsageError("--provider and --contract belong together", hint=USAGE)
    found = attach(options.request(envs[0] if envs else None, name))
    done = found.verify_service(provider, contracts) if provider else found.verify_stubs()
    if json:
        print(redaction.redacted(json_.dumps([one.document() for one in done], indent=2, ensure_ascii=False)))
    else:
        _show(done)
    if failed := [one for one in done if one.differences]:
        raise LocalenvError(f"{len(failed)} of {len(done)} interactions do not hold")


def _show(done: Sequence[Verified]) -> None:
    ink = Ink(sys.stdout)
    for one in done:
        title = ink.safe(one.title)
        print(ink(f"failed {title}", "red") if one.differences else f"ok {title}")
        for line in one.differences:
            print(f"    {ink.safe(redaction.redacted_traffic(line))}")
