"""The first failed test in the output of a test runner, with its reason."""

import re
from collections.abc import Sequence
from itertools import islice, takewhile

_TITLES = tuple(  # the reason is on the next line
    map(
        re.compile,
        (
            r"^--- FAIL: \S+",  # Go
            r"^● (?!Console\b).+",  # Jest
            r"^\d+\) (?:Failure|Error):$",  # minitest
            r"^1\) (?:\S+::\S+.*|(?=.*[a-z]).+[^:─]$)",  # PHPUnit, RSpec
            r"^1\) .+ \u203a .+",  # Playwright
            r"^\S+ > .+ FAILED$",  # Gradle
            r"^not ok \d+ - .+",  # TAP
            r"^Failed \S.* \[.+ m?s\]$",  # .NET
            r"^(?:Failure|Error):$",  # Rails
            r"^FAILED {2,}\S.* > .+",  # Pest
            r"^- .+ \*\*\* FAILED \*\*\*$",  # ScalaTest
        ),
    )
)
_OF_PYTEST = re.compile(r"^(?:FAILED|ERROR) \S+\.py\b")
_ERROR_OF_PYTEST = re.compile(r"^E   +(\S.*)")
_SUMMARY = re.compile(
    r"^(?:Test Suites|Tests): +\d+ |^\d+ (?:runs|examples?|tests?), \d+ |^=+ short test summary info =+$|^FAIL\t"
    r"|^FAILURES!$|^\d+ failed$|^# fail [1-9]|^\d+ tests? completed, [1-9]\d* failed|^Failed! +- "
    r"|^\*\*\* \d+ TESTS? FAILED \*\*\*$"
)
_EXPECTED = re.compile(r"^(?:Expected|Received|Actual|expected|got)\b[^:]*: .+")
_MORE = re.compile(r"^error: '?(.+?)'?$")  # of TAP
_SKIPPED = re.compile(r"^(?:---|\.\.\.|(?:duration_ms|location|failureType): .*|Error Message:|Failure/Error:)$")
_RAISED, _CLASS = "Failure/Error: ", re.compile(r"^(?:[A-Z]\w*::)*[A-Z]\w*:$")  # of RSpec; the message follows
_OF_SBT = re.compile(r"^\[(?:info|error)\] +")
_NEAR = 10  # lines


def failure(lines: Sequence[str]) -> tuple[int, str] | None:
    """The number of the line with the first failed test, and what it says; None if no test runner has failed."""
    texts = [_OF_SBT.sub("", line).strip() for line in lines]
    if not any(map(_SUMMARY.search, texts)):
        return None
    if (number := _first(texts, _OF_PYTEST)) is not None:
        return number, _of_pytest(texts, number)
    found = (_first(texts, title) for title in _TITLES)
    number = next((one for one in found if one is not None), None)
    return None if number is None else (number, _with_reason(texts, number))


def counts(line: str) -> bool:
    """Whether a line only counts failed tests."""
    return (
        _SUMMARY.search(line.strip()) is not None
        or re.search(r"^Executed \d+ out of \d+ tests?: ", line.strip()) is not None  # Bazel
        or re.search(r"^\d+ (?:Error|Warning)\(s\)$", line.strip()) is not None  # .NET
        or re.search(r"^=*\s*\d+ (?:failed|errors?)\b.* in \d", line) is not None
    )


def _first(texts: Sequence[str], pattern: re.Pattern[str]) -> int | None:
    return next((number for number, text in enumerate(texts) if pattern.search(text)), None)


def _of_pytest(texts: Sequence[str], number: int) -> str:
    """A line of its summary, which has no reason where a module cannot be imported."""
    line = texts[number]
    reason = next((found[1] for text in texts if (found := _ERROR_OF_PYTEST.search(text))), "")
    return line if " - " in line or not reason else f"{line}: {reason}"


def _with_reason(texts: Sequence[str], number: int) -> str:
    below = [text for text in texts[number + 1 :] if text and not _SKIPPED.search(text)][:_NEAR]
    below = [*takewhile(lambda text: not _SUMMARY.search(text), below)]
    if len(below) > 1 and below[0].startswith(_RAISED) and _CLASS.match(below[1]):
        below = below[1:]
    told = [found[1] for text in below if (found := _MORE.search(text))]
    expected = ", ".join(islice((text for text in below[1:] if _EXPECTED.search(text)), 2))
    first = below[: 2 if below and below[0].endswith(":") and not expected else 1]
    reason = told[:1] or [*first, expected]
    return ": ".join(filter(None, (text.rstrip(": ─") for text in (texts[number], *reason))))
