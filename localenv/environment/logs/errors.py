"""Find the line of a program's output that explains a failure."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from localenv.environment.logs import runners, tools
from localenv.environment.logs.exceptions import exception_line, place_below, plain, with_reason
from localenv.environment.logs.explanations import explanation

_ERROR = re.compile(r"error|exception|traceback|fatal|critical|panic|denied|refused|fail", re.IGNORECASE)
_REASON = re.compile(
    r"not found|no such|no module|cannot|can't|could not|couldn't|unable|missing|unknown|invalid|illegal|unexpected"
    r"|undefined|unrecognized|required|must |not set|already (?:in use|exists)|aborted|\[emerg\]|segmentation fault"
    r"|does not exist|not defined|already running|no main manifest|unbound variable|but your Gemfile specified|not yet "
    r"|no rule to make|no tests found| at \S+ line \d+\.$"
    r"|^\S+\.go:\d+:\d+: ",  # of Go's compiler
    re.IGNORECASE,
)
# frames of a stack, and lines that every crash of a runtime has
_FRAME = re.compile(
    r"^\s+at |^\s*at .+\)$|^\s*from \S+:\d+|^\s+File \"|^\s+\S+:\d+(?: \+0x\w+)?$|^[\w./]+(?:\.\(\*\w+\))?\.\w+\(.*\)$"
    r"|^\s*--- End of |^goroutine \d+ |^created by |^exit status \d+$|^note: run with |^\(Use `node |^Node\.js v"
    r"|^npm (?:ERR!|error) (?:A complete log|To see a list|  )|^npm (?:ERR!|error)\s*$|^Run `bundle install`"
    r"|^error: compilation failed$|^\d+ errors?$"  # of javac, after the errors
    r"|^\s*triggerUncaughtException|^\s*throw |^node:|^Bun v|^\s*[\^~]+$|^[}\])]$|^\s*(?:➜ +)?\d+▕|^\s*https?://\S+$"
    r"|^\s*severity: '|^Error: Could not create the Java|^Error: A fatal exception has occurred"
    r"|^BEGIN failed--compilation aborted|^Execution of .+ aborted due to"
    r"|^\s*\S+:\d+:in [`'][^']*'$|^\s*\d+: (?:0x[0-9a-f]+ |\()"
    r"|^\s*-{1,2}\w[\w,-]*(?: <\w+>)?\s{2,}\S"  # an option in the help of a program
    r"|^For more information about this error, |^\s*\* You (?:intended|misspelled) "
)
_OF_RUNNER = re.compile(  # lines of a program about the failure of another that it has run
    r"^npm (?:ERR!|error) (?:Lifecycle script |code |path |workspace |location |command |errno |syscall )"
    r"|^\s*ELIFECYCLE\b|^error Command failed\b|^make(?:\[\d+\])?: \*\*\* \[|^error: could not compile "
    r"|^The build failed\.|^failed to build, error: |\[ERROR\] (?:Worker \(pid:|Shutting down: |Reason: \w+ failed to )"
    r"|^(?:ERROR|FAILED): Build did NOT complete |^error: (?:build failed|aborting due to )"
    r"|^ERROR: For more details run |errors have been logged|^\s*WARN  "
    r"|^tar(?: \(child\))?: (?:Error is not|Child returned)|^collect2: error: ld "
)
_OF_COMPILER = re.compile(  # the first counts, as others follow from it
    r"^\S+\.(?:java|kt|c|cc|cpp|cs|sbt):\d+(?::\d+)?: (?:fatal )?error: |^\S+\.go:\d+:\d+: "
    r"|^\S+\.(?:tsx?|cs)[:(]\d+[:,]\d+\)?:? (?!warning\b)"
)
_WITHOUT_PLACE = re.compile(r"^error(?:\[E\d+\])?: ")  # of rustc and Elixir, whose place is below
_OF_PSQL = re.compile(r"(?:psql:.+:\d+: (?:error|ERROR|FATAL): |ERROR:  ).*")
_OF_FILE = re.compile(r"psql:(?:.+:\d+:)? error: .+: (?:No such file or directory|Permission denied|Is a directory)")
_LOGGED = re.compile(  # with the level error, by the loggers of Python, Java, Ruby, Go and others
    r"(?:^|[\s\[(|])(?:ERROR|CRITICAL|FATAL)(?:[\]):]| +(?:-+|\||\[|in \w+:)|\s+\S+ - )\s*\S"
    r"|^(?:ERROR|CRITICAL|FATAL)\s+\S"
)
_LEVELS = ("level", "severity", "levelname")
_SEVERE = ("error", "critical", "fatal", "50", "60")  # numbers of pino and bunyan
_FRAME_OF_NODE = re.compile(r"^\s+at \S.*:\d+:\d+\)?$")
_MESSAGES, _ERRORS = ("message", "msg", "event"), ("error", "err", "exception")  # of a log in JSON


def error_line(lines: Sequence[str]) -> str:
    """The last exception, else the last line that mentions an error; empty if there is neither."""
    return exception_line(lines) or next(_matching(lines, _ERROR), "")


def reason_line(lines: Sequence[str]) -> str:
    """Why a program has ended: an error, else the last line that gives a reason; empty if there is neither."""
    failed = runners.failure(plain(lines))
    return (
        explanation(plain(lines))
        or (failed[1] if failed else "")
        or exception_line(lines)
        or _of_compiler(lines)
        or tools.in_log(plain(lines))
        or error_line(lines)
        or next(_matching(lines, _REASON), "")
    )


def _of_compiler(lines: Sequence[str]) -> str:
    texts = plain(lines)
    found = (_compilers(line.strip(), texts[number + 1 :]) for number, line in enumerate(texts))
    return next(filter(None, found), "")


def _compilers(line: str, following: Sequence[str]) -> str:
    """A compiler's error with its reason or place, which may be below it; empty for any other line."""
    if _OF_COMPILER.match(line):
        return with_reason(line, following)
    place = place_below(following) if _WITHOUT_PLACE.match(line) else ""
    return f"{line} ({place})" if place else ""


def ignored_error(lines: Sequence[str]) -> str:
    """The first error after which psql went on, as it does with a file unless configured otherwise; empty if none."""
    return next((line.strip() for line in lines if _OF_PSQL.fullmatch(line.strip())), "")


def printed_error(lines: Sequence[str]) -> str:
    """The first error that a program has logged, or an exception that it has printed, and that did not end it."""
    return next(_severe(plain(lines)), "") or exception_line(lines) or _of_node(plain(lines))


def logged_error(lines: Sequence[str]) -> str:
    """The last exception that a running program has printed, else the last error that it has logged; else empty."""
    return exception_line(lines) or next(_severe(plain(lines)[::-1]), "") or _of_node(plain(lines))


def _severe(lines: Sequence[str]) -> Iterator[str]:
    """What a program has logged with the level error."""
    return (_told(line.strip()) for line in lines if _LOGGED.search(line) or _is_severe(line))


def _is_severe(line: str) -> bool:
    return any(str(_fields(line).get(name)).lower() in _SEVERE for name in _LEVELS)


def _of_node(lines: Sequence[str]) -> str:
    """The line before the first frame of a stack, as `console.error("…", error)` prints it."""
    found = (line.strip() for line, after in pairwise(lines) if _FRAME_OF_NODE.match(after))
    return next((line for line in found if _ERROR.search(line)), "")


def unread_file(lines: Sequence[str]) -> str:
    """The first error of a file that psql could not read, after which it went on; empty if none."""
    return next((line.strip() for line in lines if _OF_FILE.fullmatch(line.strip())), "")


def _matching(lines: Sequence[str], pattern: re.Pattern[str]) -> Iterator[str]:
    """From the last to the first: those that match, without frames of a stack."""
    texts = plain(lines)
    for number, line in reversed([*enumerate(texts)]):
        if (
            pattern.search(line)
            and not _FRAME.search(line)
            and not _OF_RUNNER.search(line)
            and not runners.counts(line)
        ):
            yield _told(with_reason(line.strip(), texts[number + 1 :]))


def _told(line: str) -> str:
    """The message and error of a line in JSON; any other line as it is."""
    fields = _fields(line)
    texts = filter(None, (_first(fields, _MESSAGES), _first(fields, _ERRORS)))
    return ": ".join(dict.fromkeys(texts)) or line


def _fields(line: str) -> Mapping[str, Any]:
    """The fields of a line that is an object in JSON; none of any other."""
    try:
        fields = json.loads(line) if line.startswith("{") else None
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _first(fields: Mapping[str, Any], names: Sequence[str]) -> str:
    found = next((fields[name] for name in names if fields.get(name)), "")
    return _first(found, _MESSAGES) if isinstance(found, dict) else str(found)
