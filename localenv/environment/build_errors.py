"""Find the cause of a failed build in its output, with the lines around it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_BEFORE, _AFTER = 3, 16  # lines around the cause that are shown
_STEP = re.compile(r"^#(\d+) (?:ERROR: |CANCELED|\d+\.\d+ ?)")
_FAILED = re.compile(r"^#(\d+) ERROR: ")
_PREFIX = re.compile(r"^#\d+ \d+\.\d+ ?")
_VERSIONS = re.compile(r"(from versions: )[^()]{80,}?((?:, [^,()]+){3}\))")  # pip lists hundreds
_LONGEST = 300  # characters of the line that is the cause
_TRAILER = "------"  # of the builder: it repeats the last lines, and the Dockerfile

# the first pattern that matches any line gives the cause; of the lines that match it, the first counts
_CAUSES = tuple(
    map(
        re.compile,
        (
            r"^\S+?[:(]\d+(?:[:,]\d+)?\)?:? (?:fatal )?error\b.*",  # gcc, clang, tsc, javac
            r"^\S+\.go:\d+:\d+: .+",
            # rustc, cargo, Poetry, uv, setuptools; pip only says that a program has failed
            r"^error(?:\[E\d+\])?: (?!subprocess-exited|metadata-generation|command .* failed with exit|linker ).+",
            r"^npm (?:ERR!|error) (?!code |errno |syscall |path |A complete log|\s*$)\S.*",
            r"^\s*ERR_PNPM_\S+ .+",
            r"^\[ERROR\] (?!\s*$|COMPILATION ERROR).+",  # Maven
            r"^ERROR: (?!process |Ignored the following |Failed (?:to build|building) ).+",  # pip, apk
            r"^E: .+",  # apt
            r"^(?:\w+\.)*\w*(?:Error|Exception)\b.*",
            r"(?i)^fatal: .+",
            r"^Could not (?:find|locate|fetch) .+",  # Bundler
            r"^make(?:\[\d+\])?: \*\*\* No .+",
            r"(?i)^(?!npm warn|warning|\[?warn\b|error: subprocess-|FAILURE: Build failed with an exc)"
            r".*\b(?:error|failed|not found|cannot|can't|denied|no such)\b",
        ),
    )
)


@dataclass(frozen=True, kw_only=True)
class BuildCause:
    """Why a build failed, as one line of its output; empty if no line shows it. `shown`: the lines to print."""

    line: str
    shown: tuple[str, ...]


def cause(output: Sequence[str]) -> BuildCause:
    """The cause in the output of a failed build: only the failed step, without the builder's own lines."""
    lines = [_VERSIONS.sub(r"\1…\2", line) for line in _of_failed_step(output) if line.strip()]
    for pattern in _CAUSES:
        for number, line in enumerate(lines):
            if pattern.search(line.strip()):
                shown = lines[max(number - _BEFORE, 0) : number + _AFTER]
                return BuildCause(line=_bounded(line.strip()), shown=tuple(shown))
    return BuildCause(line="", shown=tuple(lines[-(_BEFORE + _AFTER) :]))


def _bounded(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _of_failed_step(output: Sequence[str]) -> list[str]:
    failed = next((found[1] for line in output if (found := _FAILED.match(line))), None)
    if failed is None:
        return list(output)
    whole = output[: next((n for n, line in enumerate(output) if line.strip() == _TRAILER), len(output))]
    mine = (line for line in whole if (found := _STEP.match(line)) and found[1] == failed)
    return [_PREFIX.sub("", line) for line in mine if not _FAILED.match(line)]
