"""Find the cause of a failed build in its output, with the lines around it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from localenv.environment.logs import runners, tools
from localenv.environment.logs.errors import reason_line
from localenv.environment.logs.exceptions import exception_line, plain

_BEFORE, _AFTER = 3, 16  # lines around the cause that are shown
_STEP = re.compile(r"^#(\d+) (?:ERROR: |CANCELED|\d+\.\d+ ?)")
_OF_BUILDER = re.compile(r"^#\d+ |^-+$|^failed to solve: ")
_FAILED = re.compile(r"^#(\d+) ERROR: ")
_PREFIX = re.compile(r"^#\d+ \d+\.\d+ ?")
_LONGEST = 300  # characters of the line that is the cause
_FRAME = re.compile(r"^[|│]\s+")  # of a tool's message, as Poetry's
_TRAILER = "------"  # of the builder: it repeats the last lines, and the Dockerfile

_ANYTHING = re.compile(
    r"(?i)^(?!npm |warning|\[?warn\b|error: subprocess-|FAILURE: Build failed with an exc|\S+: error: ld returned)"
    r"(?!error: could not create the java|error: a fatal exception |error: usage: |\s*error, called at )"
    r"(?!Gem::Ext::BuildError|error: aborting due to |Use --\w+ to see |https?://|.*/BUILD(?:\.bazel)?:\d+:\d+: )"
    r"(?!x Build failed in |.*\[built\])"  # Vite, webpack
    r".*\b(?:error|failed|not found|cannot|can't|denied|no such)\b"
)


@dataclass(frozen=True, kw_only=True)
class BuildCause:
    """Why a build failed, as one line of its output; empty if no line shows it. `shown`: the lines to print."""

    line: str
    shown: tuple[str, ...]


def cause(output: Sequence[str]) -> BuildCause:
    """The cause in the output of a failed build: only the failed step, without the builder's own lines."""
    lines = tools.shortened(tools.without_usage([*plain(_of_failed_step(output))]))
    if failed := runners.failure(lines):
        return BuildCause(line=_bounded(failed[1]), shown=_around(lines, failed[0]))
    number = next(_candidates(lines), None)
    if number is None and (reason := reason_line(lines)):
        return BuildCause(line=_bounded(reason), shown=tuple(lines[-(_BEFORE + _AFTER) :]))
    if number is None:
        last = lines[-1].strip() if lines and any(map(_FAILED.match, output)) else ""  # of a step that has failed
        return BuildCause(line=_bounded(last), shown=tuple(lines[-(_BEFORE + _AFTER) :]))
    line = tools.explained(lines[number].strip(), lines[:number], lines[number + 1 :])
    return BuildCause(line=_bounded(line), shown=_around(lines, number))


def _around(lines: Sequence[str], number: int) -> tuple[str, ...]:
    return tuple(lines[max(number - _BEFORE, 0) : number + _AFTER])


def _candidates(lines: Sequence[str]) -> Iterator[int]:
    """The lines that may be the cause, the best first."""
    yield from tools.candidates(lines)
    for found in (exception_line(lines), next(filter(_ANYTHING.search, lines), ""), reason_line(lines)):
        begins = (line.strip().rstrip(":") for line in lines)
        yield from (number for number, line in enumerate(begins) if len(line) > 2 and found.strip().startswith(line))


def _bounded(line: str) -> str:
    line = _FRAME.sub("", line)
    if line.startswith(tools.OF_MAVEN) and len(line) > _LONGEST:  # its reason comes last
        return f"{line[: _LONGEST // 3]}…{line[-_LONGEST * 2 // 3 :]}"
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _of_failed_step(output: Sequence[str]) -> list[str]:
    failed = next((found[1] for line in output if (found := _FAILED.match(line))), None)
    if failed is None:
        return [line for line in output if not _OF_BUILDER.match(line)]
    whole = output[: next((n for n, line in enumerate(output) if line.strip() == _TRAILER), len(output))]
    mine = (line for line in whole if (found := _STEP.match(line)) and found[1] == failed)
    return [_PREFIX.sub("", line) for line in mine if not _FAILED.match(line)]
