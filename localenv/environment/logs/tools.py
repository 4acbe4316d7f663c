"""The errors of compilers, package managers and test runners: which line of their output is the cause."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile

from localenv.environment.logs.exceptions import exception_line, has_traceback, place_below, with_reason
from localenv.environment.logs.explanations import explanation

_VERSIONS = re.compile(r"(from versions: )[^()]{80,}?((?:, [^,()]+){3}\))")  # pip lists hundreds
_OF_NPM = (  # lines of npm that give no reason
    r"code |errno |syscall |path |A complete log|\s*$|Lifecycle script |command |gyp |engine Unsupported"
    r"|workspace |location |\S+@\S+ \w+: `|Exit status |Failed at the |This is probably not "
)
_NPM = re.compile(r"npm (?:ERR!|error)\s*(.*)")
_NPM_USAGE, _NPM_USAGE_END = "Usage:", 'Run "npm help '  # behind a line with the purpose of the command
_OPEN_ENDS = (" or", " and", " with", " the", " a", " to")  # of a line whose sentence goes on
# the first pattern that matches any line gives the cause; of the lines that match it, the first counts
_PATTERNS = tuple(
    map(
        re.compile,
        (
            r"^\S+?[:(]\d+(?:[:,]\d+)?\)?:? (?:- )?(?:fatal )?error\b.*",  # gcc, clang, tsc, javac
            r"^\S+ : error [A-Z]+\d+: .+",  # dotnet
            r"^\S+\.go:\d+:\d+: .+|^\S+\.proto:\d+:\d+: (?!warning\b).+",
            r"^go: (?!downloading |finding |extracting |added |upgraded |found |warning: ).+|^no Go files in .+",
            r"^vet: .+",  # Go
            r"^e: .+",  # Kotlin
            # sbt
            r"^\[error\] (?:/\S+:\d+(?::\d+)?: .+|-- (?:\[E\d+\] )?.*Error: .+)",
            r"^\[error\] (?:[\w$]+\.)+\w*(?:Error|Exception): .+",
            r"^\S+: error while loading shared libraries: .+",
            r"^\d+:\d+ +error +.+",  # ESLint
            r"^\*\* \((?!Mix\) Could not compile)[\w.]+\) (?!.*\berrors have been logged).+",  # Elixir
            r"^[✘X] \[ERROR\] .+",  # esbuild, Angular
            r"^\[vite\b.*\]:? .+",
            r"^Module (?:not found|parse failed|build failed).*: .+|^Type error: .+",  # webpack, Next.js
            r"^(?:This dependency was|These dependencies were) not found:$",  # webpack
            r"^TS\d+(?: \[ERROR\])?: .+",  # ts-loader, Deno
            r"^Could not resolve .+|^\[!\] .+",  # Vite, Rollup
            r"^.+: undefined reference to .+|^(?:= note: )?\S*ld: (?:error: )?(?:cannot|unable to) find .+",
            r"^> Dependency requires at least JVM .+",  # Gradle
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
            r"^error(?:\[E\d+\])?: (?!subprocess-exited|metadata-gen|command .* failed with exit|linking )"
            r"(?!aborting due to |could not compile |build failed$|(?:[a-z]+-)+[a-z]+$).+",
            r"^\u00d7 (?:Cannot uninstall|This environment is externally|Dependency resolution exceeded) .+",  # pip
            r"^npm (?:ERR!|error) notsup Not compatible .+",
            rf"^npm (?:ERR!|error) (?!{_OF_NPM})\S.*",
            r"^\s*ERR_PNPM_\S+\s.+",
            r"^\[FATAL\] .+",
            r"^\* What went wrong:$",  # Gradle
            r"^\[ERROR\] (?!\s*$|\[ERROR\] Some problems |COMPILATION ERROR|Tests run: |Failures:|.* <<< ).+",  # Maven
            # pip, apk
            r"^ERROR: (?!Skipping |Build did NOT |process |usage: )"
            r"(?!Exception:$|Ignored the following |Failed (?:to build|building) ).+",
            r"^E: .+",  # apt
            r"^CMake Error at .+:$|^Your bundle only supports platforms .+",
            r"^(?:Can't find|Unable to find) .+|.+ is missing\. You may need to .+",  # Ruby's extconf
            r"^\*\*\* extconf\.rb failed",
            r"^Unable to parse command line options: .+",  # Maven
            r"^verifying \S+: checksum mismatch",  # Go
            r"^Could not find compatible versions$",  # Bundler
        ),
    )
)
_EXCEPTION = re.compile(
    r"^(?!Gem::|triggerUncaught|StandardError: An error has occurred, )"
    r"(?!Error: (?:Could not create the Java|A fatal exc))(?:\w+\.)*\w*(?:Error|Exception)\b.*"
)
_LAST = tuple(
    map(
        re.compile,
        (
            r"(?i)^fatal: .+",
            r"^Could not (?:find|locate|fetch) .+",  # Bundler
            r"^make(?:\[\d+\])?: \*\*\* No .+",
        ),
    )
)
_OF_BUNDLER = "Could not find compatible versions"  # the reason is a sentence below
_OF_EXTCONF = "*** extconf.rb failed ***"  # the reason is above
_OF_SYMFONY = re.compile(r"^In \w+\.php line \d+:$")
_OF_BAZEL = re.compile(r"^ERROR: \S+/BUILD(?:\.bazel)?:\d+:\d+:? .+ failed\b.*")  # what failed in it follows
_HINT_OF_BAZEL, _END_OF_BAZEL = (
    re.compile(r"^Use --|^\(cd |^exec env |^\w+=\S* \\$"),
    re.compile(r"^Target .+ failed to build|^INFO: "),
)
_PLACE_ABOVE = re.compile(r"^(?:ERROR in )?(\.?/\S+(?: \d+:\d+(?:-\d+)?)?)$")  # of webpack, Next.js
_FAILED_TO = re.compile(r"(?i)^error: failed to ")  # cargo, uv
_OF_BUILD_SCRIPT, _RETURNED = re.compile(r"^error: failed to run custom build command "), re.compile(r"^Error: .+")
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
OF_MAVEN, _MAVEN_HELP = "[ERROR] Failed to execute goal ", re.compile(r" -> \[Help \d+\]$")
# in the log of a program, these lines show that a tool has failed in it: the pattern that finds its cause
_IN_LOGS = (
    (re.compile(r"^\s*ERR_PNPM_"), re.compile(r"^\s*ERR_PNPM_\S+\s.+")),
    (
        re.compile(r"\[Help \d+\]"),
        re.compile(r"^\[(?:FATAL|ERROR)\] (?!\s*$|\[ERROR\] Some problems |COMPILATION ERROR|Tests run: |Failures:).+"),
    ),
    (re.compile(r"^\* What went wrong:$"), re.compile(r"^e: .+")),
    (re.compile(r"^== Compilation error in file "), re.compile(r"^error: .+|^\*\* \((?!Mix).+")),
    (re.compile(r"^\S+ : error [A-Z]+\d+: "), re.compile(r"^\S+ : error [A-Z]+\d+: .+")),
    (
        re.compile(r"^Failed to compile\.?$|^> Build failed because|Failed to compile with \d+ error"),
        re.compile(
            r"^Module (?:not found|parse failed|build failed).*: .+|^Type error: .+"
            r"|^(?:This dependency was|These dependencies were) not found:$"
        ),
    ),
    (re.compile(r"^➤ YN0000: .* Failed with errors"), re.compile(r"^➤ YN(?!0000|0013|0007|0002|0086)\d{4}: .+")),
    (re.compile(r"^Could not find compatible versions$"), re.compile(r"^Could not find compatible versions$")),
    (re.compile(r"^pyproject\.toml changed"), re.compile(r"^pyproject\.toml changed significantly .+")),
    (re.compile(r"^Unable to parse command line"), re.compile(r"^Unable to parse command line options: .+")),
    (re.compile(r"^\* What went wrong:$"), re.compile(r"^\* What went wrong:$")),
    (
        re.compile(
            r"^error: (?:metadata-|subprocess-)|^ERROR: (?:No matching dist|ResolutionImp|Could not (?:find|open) )"
        ),
        re.compile(
            r"^ERROR: (?!Exception:$|Ignored the following |Failed (?:to build|building) ).+"
            r"|^error: (?!subprocess-|metadata-|command ).+"
        ),
    ),
    (
        re.compile(r"^(?:location searched: |Caused by:$)|^\S*ld: |^collect2: "),
        re.compile(r"^error(?:\[E\d+\])?: (?!linking with ).+|^.+: undefined reference to .+|^(?:= note: )?\S*ld: .+"),
    ),
    (re.compile(r"^[✘X] \[ERROR\] "), re.compile(r"^[✘X] \[ERROR\] .+")),
    (re.compile(r"^✖ \d+ problems?"), re.compile(r"^\d+:\d+ +error +.+")),
    (re.compile(r"^CMake Error "), re.compile(r"^CMake Error at .+:$|^CMake Error: .+")),
    (
        re.compile(r"^Your requirements could not|^Your lock file does not contain"),
        re.compile(r"^- Root composer\.json .+|^- \S+ .*\brequires .+"),
    ),
    (re.compile(r"^go: |^vet: "), re.compile(r"^go: (?!downloading |finding |extracting |added |found ).+|^vet: .+")),
    (
        re.compile(r"^\*\*\* extconf\.rb failed"),
        re.compile(r"^(?:Can't find|Unable to find) .+|^\*\*\* extconf\.rb failed"),
    ),
    (
        re.compile(r"^\[error\] \(.+\) "),
        re.compile(
            r"^\[error\] (?:/\S+:\d+(?::\d+)?: .+|-- (?:\[E\d+\] )?.*Error: .+)"
            r"|^\[error\] (?:[\w$]+\.)+\w*(?:Error|Exception): .+"
        ),
    ),
    (re.compile(r"^(?:ERROR|FAILED): Build did NOT"), re.compile(r"^ERROR: (?!Skipping |Build did NOT ).+")),
    (re.compile(r"^An error occurred while installing "), re.compile(r"(?i)^(?!Gem::).*(?:denied|no such file).*")),
    (re.compile(r"^error: could not compile "), re.compile(r"^error(?:\[E\d+\])?: (?!linking ).+")),
    (re.compile(r"^npm (?:ERR!|error) "), re.compile(rf"^npm (?:ERR!|error) (?!{_OF_NPM})\S.*")),
)


def in_log(lines: Sequence[str]) -> str:
    """The error of a tool that has failed in a program, such as `npm install`; empty if none has."""
    lines = without_usage(shortened(lines))
    for mark, pattern in _IN_LOGS:
        number = next(_matching((pattern,), lines), None)
        if number is not None and any(mark.search(line.strip()) for line in lines):
            return explained(lines[number].strip(), lines[:number], lines[number + 1 :])
    return ""


def shortened(lines: Sequence[str]) -> list[str]:
    """The lines that are not empty, without most of the versions that pip lists."""
    return [_VERSIONS.sub(r"\1…\2", line) for line in lines if line.strip()]


def candidates(lines: Sequence[str]) -> Iterator[int]:
    """The lines that may be the cause, the best first."""
    yield from _matching(_PATTERNS, lines)
    if has_traceback(lines) and (found := exception_line(lines)):
        yield from (number for number, line in enumerate(lines) if line.strip() and found.startswith(line.strip()))
    yield from _matching((_EXCEPTION, *_LAST), lines)


def _matching(patterns: Sequence[re.Pattern[str]], lines: Sequence[str]) -> Iterator[int]:
    for pattern in patterns:
        yield from (number for number, line in enumerate(lines) if pattern.search(line.strip()))


def explained(line: str, before: Sequence[str], following: Sequence[str]) -> str:
    """A line with its reason and its place, where they are on other lines."""
    if line.startswith(OF_MAVEN):
        return _MAVEN_HELP.sub("", line)
    if elsewhere := _elsewhere(line, before, following):
        return elsewhere
    if line.endswith(_NO_VERSIONS) and (retried := next(filter(None, map(_RETRIED.match, before)), None)):
        return f"{line}: {retried[1]}"
    if line == _OF_GRADLE:
        return " ".join(text.strip().removeprefix("> ") for text in takewhile(_is_of_gradle, following))
    if found := next((pattern for pattern in _CONTINUED if pattern.match(line)), None):
        return ", ".join([line, *(more[1] for text in following if (more := _CONTINUED[found].match(text.strip())))])
    if _PRERENDERED.match(line) and (cause := exception_line(following)):
        return f"{line.partition('. Read more')[0]}: {cause}"
    if _TITLE.match(line):
        reason = with_reason(following[0].strip(), following[1:]) if following else ""
        return f"{line} {reason}".strip()
    if _OF_BUILD_SCRIPT.match(line) and (returned := next(filter(_RETURNED.match, map(str.strip, following)), "")):
        return returned
    if _FAILED_TO.match(line):
        pairs = pairwise([*following, ""])
        causes = (_CAUSE.sub("", one) or after.strip() for one, after in pairs if _CAUSE.match(one))
        return ": ".join([line, *deque(causes, 1)])
    above = _PLACE_ABOVE.match(before[-1].strip()) if before else None
    place = place_below(following) or (above[1] if above else "")
    return f"{line} ({place})" if place and place not in line else with_reason(line, following)


def _elsewhere(line: str, before: Sequence[str], following: Sequence[str]) -> str:
    """The reason that a line only announces; empty for any other line."""
    if line == _OF_EXTCONF and before:
        return before[-1].strip()
    if line == _OF_BUNDLER:
        return " ".join([f"{line}:", *(text.strip() for text in _sentence(following))])
    if _OF_BAZEL.match(line):
        return _below_bazel(following)
    return explanation([line, *following]) if _OF_SYMFONY.match(line) else ""


def _below_bazel(following: Sequence[str]) -> str:
    """What a failed action has printed: a compiler's error, else its first line."""
    printed = [*takewhile(lambda text: not _END_OF_BAZEL.match(text), map(str.strip, following))]
    printed = [text for text in printed if text and not _HINT_OF_BAZEL.match(text)]
    return next(filter(_PATTERNS[0].search, printed), next(iter(printed), ""))


def _sentence(lines: Sequence[str]) -> Sequence[str]:
    ends = next((number for number, line in enumerate(lines) if line.endswith(".")), len(lines) - 1)
    return lines[: ends + 1]


def _is_of_gradle(line: str) -> bool:
    return line.strip() != "" and not line.startswith("* ")


def without_usage(lines: list[str]) -> list[str]:
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
