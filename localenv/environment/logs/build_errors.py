"""Find the cause of a failed build in its output, with the lines around it."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from localenv.environment.logs.errors import reason_line
from localenv.environment.logs.exceptions import exception_line, place_below, plain, with_reason

_BEFORE, _AFTER = 3, 16  # lines around the cause that are shown
_STEP = re.compile(r"^#(\d+) (?:ERROR: |CANCELED|\d+\.\d+ ?)")
_OF_BUILDER = re.compile(r"^#\d+ |^-+$|^failed to solve: ")
_FAILED = re.compile(r"^#(\d+) ERROR: ")
_PREFIX = re.compile(r"^#\d+ \d+\.\d+ ?")
_VERSIONS = re.compile(r"(from versions: )[^()]{80,}?((?:, [^,()]+){3}\))")  # pip lists hundreds
_LONGEST = 300  # characters of the line that is the cause
_OF_NPM = (  # lines of npm that give no reason
    r"code |errno |syscall |path |A complete log|\s*$|Lifecycle script |command |gyp |engine Unsupported"
)
_NPM = re.compile(r"npm (?:ERR!|error)\s*(.*)")
_NPM_USAGE, _NPM_USAGE_END = "Usage:", 'Run "npm help '  # behind a line with the purpose of the command
_OPEN_ENDS = (" or", " and", " with", " the", " a", " to")  # of a line whose sentence goes on
_TRAILER = "------"  # of the builder: it repeats the last lines, and the Dockerfile

# the first pattern that matches any line gives the cause; of the lines that match it, the first counts
_OF_TOOLS = tuple(
    map(
        re.compile,
        (
            r"^\S+?[:(]\d+(?:[:,]\d+)?\)?:? (?:- )?(?:fatal )?error\b.*",  # gcc, clang, tsc, javac
            r"^\S+ : error [A-Z]+\d+: .+",  # dotnet
            r"^\S+\.go:\d+:\d+: .+|^\S+\.proto:\d+:\d+: (?!warning\b).+",
            r"^go: (?!downloading |finding |extracting |added |upgraded |found |warning: ).+|^no Go files in .+",
            r"^e: .+",  # Kotlin
            r"^\d+:\d+ +error +.+",  # ESLint
            r"^\*\* \((?!Mix\) Could not compile)[\w.]+\) (?!.*\berrors have been logged).+",  # Elixir
            r"^[✘X] \[ERROR\] .+",  # esbuild, Angular
            r"^\[vite\b.*\]:? .+",
            r"^Module (?:not found|parse failed|build failed).*: .+|^Type error: .+",  # webpack, Next.js
            r"^TS\d+(?: \[ERROR\])?: .+",  # ts-loader, Deno
            r"^Could not resolve .+|^\[!\] .+",  # Vite, Rollup
            r"^.+: undefined reference to .+|^(?:= note: )?\S*ld: cannot find .+",
            r"^> Could not (?:find|resolve) (?!all ).+",  # Gradle
            r"^In \w+\.php line \d+:$|^\[(?:\w+\\)+\w+Exception\]$",  # Composer, Artisan
            r"^- Root composer\.json .+|^- \S+ .*\brequires .+",
            r"^(?:╰─▶|cause:) Because .+|^pyproject\.toml changed significantly .+",  # uv, Poetry
            r"^The currently activated Python version .+ is not supported .+",  # Poetry
            r"^Your Pipfile\.lock .+ is out of date.*",  # Pipenv
            r"^(?:ResolvePackageNotFound|PackagesNotFoundError):.*",  # conda
            r"^➤ YN(?:0001|0009|0016|0018|0020|0028|0030|0035|0041|0056|0080|0081|0082): .+",  # Yarn's codes of errors
            r"^npm (?:ERR!|error) gyp ERR! (?:stack Error: )?(?!find |verb |stack |cwd |not ok).+",
            r"^thread '.*' (?:\(\d+\) )?panicked at .+",  # a build script of cargo
            # rustc, cargo, Poetry, uv, setuptools; pip only says that a program has failed
            r"^error(?:\[E\d+\])?: (?!subprocess-exited|metadata-generation|command .* failed with exit|linker ).+",
            r"^npm (?:ERR!|error) notsup Not compatible .+",
            rf"^npm (?:ERR!|error) (?!{_OF_NPM})\S.*",
            r"^\s*ERR_PNPM_\S+\s.+",
            r"^\[FATAL\] .+",
            r"^\* What went wrong:$",  # Gradle
            r"^\[ERROR\] (?!\s*$|COMPILATION ERROR|Tests run: |Failures:|.* <<< ).+",  # Maven
            r"^ERROR: (?!process |Ignored the following |Failed (?:to build|building) ).+",  # pip, apk
            r"^E: .+",  # apt
            r"^CMake Error at .+:$|^Your bundle only supports platforms .+",
            r"^(?:Can't find|Unable to find) .+|.+ is missing\. You may need to .+",  # Ruby's extconf
            r"^verifying \S+: checksum mismatch",  # Go
            r"^(?!Gem::)(?:\w+\.)*\w*(?:Error|Exception)\b.*",
            r"(?i)^fatal: .+",
            r"^Could not (?:find|locate|fetch) .+",  # Bundler
            r"^make(?:\[\d+\])?: \*\*\* No .+",
            r"^● (?!Console\b).+",  # Jest
        ),
    )
)
_PLACE_ABOVE = re.compile(r"^(?:ERROR in )?(\.?/\S+(?: \d+:\d+(?:-\d+)?)?)$")  # of webpack, Next.js
_FAILED_TO = re.compile(r"(?i)^error: failed to ")  # cargo, uv
_CAUSE = re.compile(r"^\s*(?:cause|Caused by):(?:\s+|$)")  # the reason follows, or is on the next line
_TITLE = re.compile(
    r"^\[\S+Exception\]$|^thread '.*' panicked at \S+:$|^CMake Error at .+:$|^Your bundle only "
)  # the reason follows
_NO_VERSIONS = "(from versions: none)"  # of pip, also without a network
_RETRIED = re.compile(r"^WARNING: Retrying .+ connection broken by .+: (.+?)['\")]+: /")
_OF_GRADLE = "* What went wrong:"  # the reason is in the lines below, to the next heading
_CONTINUED = {  # of npm: what is added from which lines below
    re.compile(r"^npm (?:ERR!|error) ERESOLVE "): re.compile(
        r"^npm (?:ERR!|error) ((?:Found: |peer(?:Optional)? .+ from ).+)"
    ),
    re.compile(r"^npm (?:ERR!|error) notsup Not "): re.compile(r"^npm (?:ERR!|error) notsup ((?:Required|Actual): .+)"),
}
_PRERENDERED = re.compile(r"^Error occurred prerendering page ")  # of Next.js; the exception follows
_OF_MAVEN, _MAVEN_HELP = "[ERROR] Failed to execute goal ", re.compile(r" -> \[Help \d+\]$")
_ANYTHING = re.compile(
    r"(?i)^(?!npm |warning|\[?warn\b|error: subprocess-|FAILURE: Build failed with an exc|\S+: error: ld returned)"
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
    lines = _without_usage([*plain(_of_failed_step(output))])
    lines = [_VERSIONS.sub(r"\1…\2", line) for line in lines if line.strip()]
    number = next(_candidates(lines), None)
    if number is None:
        last = lines[-1].strip() if lines and any(map(_FAILED.match, output)) else ""  # of a step that has failed
        return BuildCause(line=_bounded(last), shown=tuple(lines[-(_BEFORE + _AFTER) :]))
    line = _explained(lines[number].strip(), lines[:number], lines[number + 1 :])
    return BuildCause(line=_bounded(line), shown=tuple(lines[max(number - _BEFORE, 0) : number + _AFTER]))


def _explained(line: str, before: Sequence[str], following: Sequence[str]) -> str:
    """A line with its reason and its place, where they are on other lines."""
    if line.startswith(_OF_MAVEN):
        return _MAVEN_HELP.sub("", line)
    if line.endswith(_NO_VERSIONS) and (retried := next(filter(None, map(_RETRIED.match, before)), None)):
        return f"{line}: {retried[1]}"
    if line == _OF_GRADLE:
        return " ".join(text.strip().removeprefix("> ") for text in takewhile(_is_of_gradle, following))
    if found := next((pattern for pattern in _CONTINUED if pattern.match(line)), None):
        return ", ".join([line, *(more[1] for text in following if (more := _CONTINUED[found].match(text.strip())))])
    if _PRERENDERED.match(line) and (cause := exception_line(following)):
        return f"{line.partition('. Read more')[0]}: {cause}"
    if _TITLE.match(line):
        return " ".join([line, *(text.strip() for text in following[:1])])
    if _FAILED_TO.match(line):
        pairs = pairwise([*following, ""])
        causes = (_CAUSE.sub("", one) or after.strip() for one, after in pairs if _CAUSE.match(one))
        return ": ".join([line, *deque(causes, 1)])
    above = _PLACE_ABOVE.match(before[-1].strip()) if before else None
    place = place_below(following) or (above[1] if above else "")
    return f"{line} ({place})" if place and place not in line else with_reason(line, following)


def _is_of_gradle(line: str) -> bool:
    return line.strip() != "" and not line.startswith("* ")


def _without_usage(lines: list[str]) -> list[str]:
    """Without the usage that npm prints behind a mistake, and its empty lines; a sentence of npm is one line."""
    texts = [found[1] if (found := _NPM.fullmatch(line.strip())) else None for line in lines]
    if _NPM_USAGE in texts:
        begins = texts.index(_NPM_USAGE)
        ends = next((n for n, text in enumerate(texts) if text and text.startswith(_NPM_USAGE_END)), len(texts))
        purpose = next((n for n in range(begins - 1, -1, -1) if texts[n]), begins)
        lines, texts = lines[:purpose] + lines[ends + 1 :], texts[:purpose] + texts[ends + 1 :]
    kept: list[str] = []
    for number, (line, text) in enumerate(zip(lines, texts, strict=True)):
        goes_on = text and text[:1].islower() and number and (texts[number - 1] or "").endswith(_OPEN_ENDS)
        if goes_on:
            kept[-1] += f" {text}"
        elif text != "":
            kept.append(line)
    return kept


def _candidates(lines: Sequence[str]) -> Iterator[int]:
    """The lines that may be the cause, the best first."""
    for pattern in _OF_TOOLS:
        yield from (number for number, line in enumerate(lines) if pattern.search(line.strip()))
    for found in (exception_line(lines), next(filter(_ANYTHING.search, lines), ""), reason_line(lines)):
        begins = (line.strip().rstrip(":") for line in lines)
        yield from (number for number, line in enumerate(begins) if line and found.strip().startswith(line))


def _bounded(line: str) -> str:
    if line.startswith(_OF_MAVEN) and len(line) > _LONGEST:  # its reason comes last
        return f"{line[: _LONGEST // 3]}…{line[-_LONGEST * 2 // 3 :]}"
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _of_failed_step(output: Sequence[str]) -> list[str]:
    failed = next((found[1] for line in output if (found := _FAILED.match(line))), None)
    if failed is None:
        return [line for line in output if not _OF_BUILDER.match(line)]
    whole = output[: next((n for n, line in enumerate(output) if line.strip() == _TRAILER), len(output))]
    mine = (line for line in whole if (found := _STEP.match(line)) and found[1] == failed)
    return [_PREFIX.sub("", line) for line in mine if not _FAILED.match(line)]
