"""`localenv check --pact`: verify contracts of Pact, and print what differs."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from typer import Option

from localenv import redaction
from localenv.cli import documents, options
from localenv.cli.looking import attach
from localenv.console.ink import Ink
from localenv.errors import LocalenvError, UsageError
from localenv.stubs.verification import Verified

_USAGE = "localenv check --pact --provider api --contract ../pacts"


@dataclass(frozen=True, kw_only=True)
class Pact:
    """The options that verify contracts of Pact."""

    pact: Annotated[
        bool, Option("--pact", help="Verify Pact's contracts against the stubs of the running environment.")
    ] = False
    provider: Annotated[
        str | None, Option(metavar="SERVICE", help="With --pact: verify --contract against this service instead.")
    ] = None
    contract: Annotated[
        list[Path] | None, Option(metavar="PATH", help="With --provider: a Pact file, or a folder of them; repeatable.")
    ] = None

    def is_wanted(self) -> bool:
        """Whether contracts are to be verified; raises UsageError for an option that needs another."""
        if (self.provider or self.contract) and not self.pact:
            raise UsageError("--provider and --contract need --pact", hint=_USAGE)
        if (self.provider is None) != (not self.contract):
            raise UsageError("--provider and --contract belong together", hint=_USAGE)
        return self.pact


def verify(envs: Sequence[str], name: str | None, wanted: Pact, *, json: bool) -> None:
    """Verify the contracts of upstreams, or of a service under work; raises LocalenvError if one does not hold."""
    if len(envs) > 1:
        raise UsageError(f"--pact checks one environment, not {', '.join(envs)}")
    found = attach(options.request(envs[0] if envs else None, name))
    provider, contracts = wanted.provider, wanted.contract or ()
    done = found.verify_service(provider, contracts) if provider else found.verify_stubs()
    if json:
        documents.show([one.document() for one in done])
    else:
        _show(done)
    if failed := [one for one in done if one.differences]:
        raise LocalenvError(f"{len(failed)} of {len(done)} interactions failed")


def _show(done: Sequence[Verified]) -> None:
    ink = Ink(sys.stdout)
    for one in done:
        title = ink.safe(one.title)
        print(ink(f"failed {title}", "red") if one.differences else f"ok {title}")
        for line in one.differences:
            print(f"    {ink.safe(redaction.redacted_traffic(line))}")
