"""`localenv init`."""

import json as json_
import sys
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from localenv.cli import options
from localenv.console import failures
from localenv.description import editors
from localenv.environment import initialising
from localenv.environment.initialising import Initialised
from localenv.environment.locating import DEFAULT
from localenv.errors import DescriptionError, UsageError, shown


def command(
    env: Annotated[
        str | None, Argument(metavar="[ENV]", help="The name of the description. [default: local]", show_default=False)
    ] = None,
    option: Annotated[
        str | None, Option("--env", "-e", metavar="ENV", help="The same. [default: local]", show_default=False)
    ] = None,
    source: Annotated[
        Path | None,
        Option("--from", metavar="FILE", help="Read this Compose file. [default: the repository's]"),
    ] = None,
    stub: Annotated[
        list[str] | None, Option(metavar="NAME", help="A service of the Compose file to answer with stubs; repeatable.")
    ] = None,
    dry_run: Annotated[bool, Option("--dry-run", help="Print the description; write nothing.")] = False,
    force: Annotated[bool, Option("--force", help="Replace a description that exists.")] = False,
    json: options.JsonOption = False,
) -> None:
    """Write a description for this repository, from a Compose file or the repository's files.

    Services that are built here stay services; databases, caches and queues become needs; fixed addresses become
    references. A comment stands on each line that is not certain, and what has no counterpart is listed at the end.
    """
    env = DEFAULT if (named := options.chosen(env, option)) is None else named
    if not env or "/" in env or env.endswith((".yaml", ".yml")):
        raise UsageError(f"'{env}' is not the name of a description", hint="as in localenv init, or localenv init ci")
    schema = json_.dumps(editors.schema(), indent=2) + "\n"
    ask = _ask if sys.stdin.isatty() and sys.stderr.isatty() and not json else None
    done = initialising.init(env, source=source, stubs=stub or (), force=force, dry_run=dry_run, schema=schema, ask=ask)
    if json:
        print(json_.dumps(_document(done, is_written=not dry_run), indent=2))
    elif dry_run:
        print(done.text, end="")
    else:
        _print(done)
    if done.problems:
        raise DescriptionError(done.problems)


def _ask(question: str, default: str) -> str:
    shown = f" [{default}]" if default else ""
    print(f"{question}{shown}: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip() or default


def _print(done: Initialised) -> None:
    counted = ", ".join(f"{count} {name[:-1] if count == 1 else name}" for name, count in done.counts.items())
    print(f"written: {shown(done.target.file)} ({counted})")
    for file in done.files:
        if file != done.target.file and file.name != ".gitkeep":
            print(f"written: {shown(file)}")
    if done.left_out:
        print("left out:", file=sys.stderr)
        for one in done.left_out:
            print(f"  - {one}", file=sys.stderr)
    if not done.problems:
        env = "" if done.target.file.stem == DEFAULT else f" {done.target.file.stem}"
        print(f"ok {shown(done.target.file)}")
        print(f"next: localenv up{env}", file=sys.stderr)
    else:
        print(failures.warning("correct these mistakes, then: localenv check", sys.stderr), file=sys.stderr)


def _document(done: Initialised, *, is_written: bool) -> dict[str, Any]:
    return {
        "file": str(done.target.file),
        "written": [str(file) for file in done.files] if is_written else [],
        "left_out": [*done.left_out],
        "problems": [{"message": one.message, "hint": one.hint} for one in done.problems],
    }
