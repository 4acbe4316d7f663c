"""The output of a build that failed: the line that says why, and what stands around it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_BEFORE, _AFTER = 3, 16  # lines around the cause that are shown
_STEP = re.compile(r"^#(\d+) (?:ERROR: |CANCELED|\d+\.\d+ ?)")
_FAILED = re.compile(r"^#(\d+) ERROR: ")
_SAID = re.compile(r"^#\d+ \d+\.\d+ ?")
_TRAILER = "------"  # of the builder: it repeats the last lines, and the Dockerfile

# the first that matches any line names the cause, and of its lines the first
_CAUSES = tuple(
    map(
        re.compile,
        (
            r"^\S+?[:(]\d+(?:[:,]\d+)?\)?:? (?:fatal )?error\b.*",  # gcc, clang, tsc, javac
            r"^\S+\.go:\d+:\d+: .+",
            r"^error(?:\[E\d+\])?: .+",  # rustc, cargo, Poetry, uv, setuptools
            r"^npm (?:ERR!|error) (?!code |errno |syscall |path |A complete log|\s*$)\S.*",
            r"^\s*ERR_PNPM_\S+ .+",
            r"^\[ERROR\] (?!\s*$).+",  # Maven
            r"^ERROR: (?!process ).+",  # pip, apk
            r"^E: .+",  # apt
            r"^(?:\w+\.)*\w*(?:Error|Exception)\b.*",
            r"(?i)^fatal: .+",
            r"(?i)\b(?:error|failed|not found|cannot|can't|denied|no such)\b",
        ),
    )
)


@dataclass(frozen=True, kw_only=True)
class BuildCause:
    """Why a build failed, in one line of its output; empty where no line says it. `shown`: what to read of it."""

    line: str
    shown: tuple[str, ...]


def cause(output: Sequence[str]) -> BuildCause:
    """What matters in the output of a build, of the step that failed alone, without what the builder puts around it."""
    lines = [line for line in _of_failed_step(output) if line.strip()]
    for pattern in _CAUSES:
        for number, line in enumerate(lines):
            if pattern.search(line.strip()):
                shown = lines[max(number - _BEFORE, 0) : number + _AFTER]
                return BuildCause(line=line.strip(), shown=tuple(shown))
    return BuildCause(line="", shown=tuple(lines[-(_BEFORE + _AFTER) :]))


def _of_failed_step(output: Sequence[str]) -> list[str]:
    failed = next((found[1] for line in output if (found := _FAILED.match(line))), None)
    if failed is None:
        return list(output)
    whole = output[: next((n for n, line in enumerate(output) if line.strip() == _TRAILER), len(output))]
    mine = (line for line in whole if (found := _STEP.match(line)) and found[1] == failed)
    return [_SAID.sub("", line) for line in mine if not _FAILED.match(line)]
