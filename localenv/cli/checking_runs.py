"""`localenv check --traffic` and `--unused`: what a running environment has shown."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from typer import Option

from localenv import redaction
from localenv.cli import documents, options
from localenv.cli.looking import attach
from localenv.console import failures
from localenv.errors import LocalenvError
from localenv.errors.counting import counted
from localenv.stubs.contracts import Violation


@dataclass(frozen=True, kw_only=True)
class RunningChecks:
    """The options that look at a running environment."""

    traffic: Annotated[
        bool, Option("--traffic", help="Judge the requests to upstreams of a running environment by their contracts.")
    ] = False
    unused: Annotated[
        bool, Option("--unused", help="Name the stubs of a running environment that answered no request.")
    ] = False

    @property
    def is_given(self) -> bool:
        """Whether there is such an option."""
        return self.traffic or self.unused


def check(envs: Sequence[str], name: str | None, wanted: RunningChecks, *, json: bool) -> None:
    """Print violations of contracts and unused stubs; raises LocalenvError for the former."""
    found: list[Violation] = []
    unasked, older = [], 0
    chosen: Sequence[str | None] = envs or [None]
    for env in chosen:
        environment = attach(options.request(env, name))
        if wanted.traffic:
            judged = environment.judged()
            found, older = found + judged.violations, older + judged.older
        unasked += environment.unused_stubs() if wanted.unused else []
    if json:
        document = {
            "violations": [one.document() for one in found],
            "unused": [str(one) for one in unasked],
            "unjudged": older,
        }
        documents.show(document)
    if older:
        text = f"only the newest requests are judged, without {counted(older, 'older one')}"
        print(failures.warning(text, sys.stderr), file=sys.stderr)
    for one in () if json else unasked:
        print(failures.warning(str(one), sys.stderr), file=sys.stderr)
    for violation in () if json else found:
        print(redaction.redacted(f"{violation}\n  {violation.call.line}"))
    if found:
        raise LocalenvError(f"{counted(len(found), 'violation')} of contracts")
    if wanted.traffic and not json:
        print(f"ok: every {'newer ' if older else ''}request and response fits its contract")
