"""Find exceptions in the output of programs, as a dozen languages and frameworks print them."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

_TRACEBACK = "Traceback (most recent call last):"
_STACK = re.compile(rf"{re.escape(_TRACEBACK)}|(?:\\n|\n)(?:\\t|\t)at ")  # of Python, of Java; in JSON or out of it
_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_NAMED = re.compile(
    r"^(?!Error: (?:Could not create the Java|A fatal exception has occurred)|Gem::Ext::BuildError: "
    r"|sbt\.compiler\.EvalException)"
    r"(?:Caused by: |---> |\[cause\]: )?(?:\w+(?:[.$]|::))*\w*(?:Error|Exception|Interrupt|Exit)(?:\$\w+)?"
    r"(?: ?[\[(][\w-]+[\])])?(?:: .*|:?$)"
    r"|^(?!Gem::Ext::BuildError)(?:[A-Z]\w*::)+[A-Z]\w*: .+"  # Ruby: PG::UndefinedTable: …
    r"|^Exception in thread .+|^Unhandled exception\. .+"  # Java, .NET
    r"|^panic: .+|^fatal error: .+"  # Go
    r"|^(?:PHP )?Fatal error: +Uncaught .+"  # its first exception; those that it has caused follow
    r"|^\S+:\d+:in [`'].+ \((?:\w+::)*\w+\)$"  # Ruby, uncaught
    r"|^what\(\):  .+"  # C++
    r"|^\*\* \([\w.]+\) (?!.*\berrors have been logged).+"  # Elixir; the innermost comes last
    r"|^(?:\w+\\)+\w*(?:Error|Exception)$"  # Laravel
)
_OF_RUST = re.compile(r"^thread '.*' (?:\(\d+\) )?panicked at \S+:\d+:\d+:$")  # the message follows
_OF_A_GROUP = re.compile(r"^[ |+-]*\| ")  # the prefix of a Python exception group
_MEMBER = re.compile(r"^[ |]*\+(?:-\+)?-{16} (?P<title>\d+|\.\.\.) -{16}$")  # of such a group
_LAST_MEMBER = re.compile(r"^[ |]*\+-{36}$")  # the line after it
_ERRORS_OF_NODE = re.compile(r"^(?P<indent> *)\[?errors\]?: \[$")  # of an AggregateError
# the reason is on the next line, or on the next two
_ANNOUNCES = re.compile(
    r":$|\.node'$|have failed validation$|\\\w+$|^(?:rake|\S+/rails) aborted!$|While executing gem \.\.\. \(.+\)$"
)
_ANNOUNCES_MORE = re.compile(r"\[GHC-\d+\]$|build failed with \d+ errors?:$|\d validation errors? for \w+$")
_HEADINGS = ("", "ERRORS:")  # between the announcement and the reason; the latter of Django
_NO_SYMBOL, _SYMBOL = "cannot find symbol", re.compile(r"^(?:\[ERROR\])? *symbol: +(.+)")  # of javac
_OF_SYNTAX = re.compile(r"(?:SyntaxError|IndentationError|TabError): ")
_PYTHON_FILE = re.compile(r'^[ |+-]*File "(?:.*/)?(?P<name>[^"/]+)", line (?P<line>\d+)$')
_NODE_FILE = re.compile(r"^(?:file://)?/(?:\S*/)?(?P<name>[^/\s:]+):(?P<line>\d+)$")
_NEAR = 5  # lines
_PLACE = re.compile(r"^ *(?:-->|└─) (\S+:\d+:\d+)(?:$|: )|^ +(\S+:\d+:\d+):$")  # of rustc, cargo, uv; Elixir; esbuild
_INVOKED = re.compile(r"^Prisma.*invocation:?$")  # of Prisma: the code follows, and then the reason
_QUOTED = re.compile(r"^(?:→ *)?\d+ |^[\d ]*$")
_OF_MAIN = re.compile(r"^Error: ?")  # what `main` of a program in Rust returns
_COUNTED = re.compile(r"^(Error: )0: ")
_CAUSES, _CAUSE, _MOST_CAUSES = "Caused by:", re.compile(r"^ {3,}(?P<number>\d+: )?(?P<reason>\S.*)"), 20
_OF_GO = re.compile(
    r"panic: (?:runtime error: |assignment to entry in nil map|close of |send on |interface conversion)"
)
_GO_FRAME = re.compile(r"^\s+(?!/usr/(?:local|lib)/go)(?:\S*/)?(?P<name>[^/\s]+\.go):(?P<line>\d+)(?: |$)")
_THROWN_AT = re.compile(
    r"^(?:\[eval\d*\]|(?:node:|file:///|/)\S+):\d+$"
)  # of Node; the code follows, and a line of carets
_CARETS = re.compile(r"^\s*\^+$")
_RUBY_INTERNAL = re.compile(r"^<internal:.+>:\d+:in [`'].+?': ")
_RUBY_FRAME = re.compile(r"^\s+from (?!<internal:)(?:\S*/)?(?P<name>[^/\s:]+):(?P<line>\d+):in ")


def plain(lines: Sequence[str]) -> list[str]:
    """The lines without colours."""
    return [_COLOUR.sub("", line) for line in lines]


def exception_line(lines: Sequence[str]) -> str:
    """The last exception, with the reason where it is on the next lines; empty if there is none.

    The last line of a Python traceback counts as an exception, whatever its name, also inside a JSON log. Of exceptions
    in a group, the first counts.
    """
    found = [*_first_in_groups(_first_of_node([*_unfolded(plain(lines))]))]
    return next(reversed([*_exceptions(found)]), "")


def with_reason(line: str, following: Sequence[str]) -> str:
    """A line that announces its reason (`Validation failed:`), with the reason from the lines after it."""
    if line.endswith(_NO_SYMBOL) and (symbol := _first(following[:_NEAR], _SYMBOL)):
        return f"{line}: {symbol[1]}"
    most = 2 if _ANNOUNCES_MORE.search(line) else 1 if _ANNOUNCES.search(line) else 0
    words = [text.strip() for text in following[: most + 2] if text.strip() not in _HEADINGS][:most]
    return ": ".join([line.rstrip(":"), *words]) if most else line


def has_traceback(lines: Sequence[str]) -> bool:
    """Whether Python has printed a stack."""
    return any(line.strip().endswith(_TRACEBACK) for line in lines)


def place_below(following: Sequence[str]) -> str:
    """The place of a compiler's error, which some print on a line below it; empty if there is none."""
    found = _first(following[:_NEAR], _PLACE)
    return (found[1] or found[2]) if found else ""


def _exceptions(lines: Sequence[str]) -> Iterator[str]:
    begins: int | None = None  # the indent of a traceback
    for number, line in enumerate(lines):
        text = _OF_A_GROUP.sub("", line)
        indent = len(text) - len(text.lstrip(" "))
        ends = begins is not None and text.strip() != "" and indent <= begins  # frames are indented further
        if ends or _NAMED.match(text.strip()) or _OF_RUST.match(text.strip()):
            yield _placed(text.strip(), lines[:number], lines[number + 1 :])
        elif _CARETS.match(line) and number > 1 and _THROWN_AT.match(lines[number - 2]):
            yield from _thrown(lines[number - 1].strip(), lines[number + 1 :])
        if text.strip().endswith(_TRACEBACK):
            begins = indent
        elif ends:
            begins = None


def _placed(text: str, before: Sequence[str], following: Sequence[str]) -> str:
    """An exception with its reason, and ` (app.py, line 7)` where its message needs the place of the mistake."""
    line = with_reason(text.removeprefix("---> ").removeprefix("[cause]: "), following)
    if _INVOKED.search(line):
        line = ": ".join([line.rstrip(":"), *_said(following[1:])[:1]])
    elif _OF_MAIN.match(text):
        line = ": ".join([_COUNTED.sub(r"\1", line), *_causes(following)[-1:]])
    found: re.Match[str] | None = None
    if _OF_SYNTAX.match(text):
        near = before[: -_NEAR - 1 : -1]
        found = _first(near, _PYTHON_FILE) or _first(near, _NODE_FILE)
    elif _OF_GO.match(text):
        found = _first(following, _GO_FRAME)
    elif _RUBY_INTERNAL.match(text):
        line, found = _RUBY_INTERNAL.sub("", line), _first(following, _RUBY_FRAME)
    return f"{line} ({found['name']}, line {found['line']})" if found else line


def _thrown(code: str, following: Sequence[str]) -> Iterator[str]:
    """A value that is no error (`throw {code: 1}`), as Node prints it; its code if Node does not show it."""
    texts = [line.strip() for line in following[:_NEAR] if line.strip()]
    if texts and not _NAMED.match(texts[0]):
        rest = takewhile(lambda text: not text.startswith("}"), texts[1:]) if texts[0] == "{" else ()
        yield code if texts[0] == "[object Object]" else " ".join([texts[0], *rest])


def _said(lines: Sequence[str]) -> list[str]:
    """The lines that are not empty, without those that quote the code."""
    return [text for line in lines if (text := line.strip()) and not _QUOTED.match(text)]


def _causes(following: Sequence[str]) -> list[str]:
    """What follows `Caused by:` as anyhow prints it, or the numbered lines of eyre."""
    block = [*takewhile(lambda line: line == "" or line[0] == " " or line == _CAUSES, following[:_MOST_CAUSES])]
    is_anyhow = _CAUSES in block
    found = map(_CAUSE.match, block[block.index(_CAUSES) :] if is_anyhow else block)
    return [one["reason"] for one in found if one and (is_anyhow or one["number"])]


def _first(lines: Iterable[str], pattern: re.Pattern[str]) -> re.Match[str] | None:
    return next((found for line in lines if (found := pattern.search(line))), None)


def _first_in_groups(lines: Iterable[str]) -> Iterator[str]:
    """The lines, without the second and later exceptions of Python's exception groups."""
    is_later = False
    for line in lines:
        if member := _MEMBER.match(line):
            is_later = is_later or member["title"] != "1"
        elif _LAST_MEMBER.match(line) or line[:1] not in (" ", "|", "+"):
            is_later = False
        if not is_later:
            yield line


def _first_of_node(lines: Iterable[str]) -> Iterator[str]:
    """The lines, without the second and later errors that Node lists in an AggregateError."""
    indent, count, is_listed = "", 0, False
    for line in lines:
        if not is_listed and (found := _ERRORS_OF_NODE.match(line)):
            indent, count, is_listed = found["indent"], 0, True
        elif is_listed and (line.startswith(f"{indent}]") or not line.startswith(indent)):
            is_listed = False
        elif is_listed and re.match(rf"{indent}  [^\s}}]", line):
            count += 1
        if not (is_listed and count > 1):
            yield line


def _unfolded(lines: Sequence[str]) -> Iterator[str]:
    """The lines, with stacks inside JSON strings split into lines."""
    for line in lines:
        for text in _texts(line) if line.startswith("{") and _STACK.search(line) else (line,):
            yield from text.splitlines() or [text]


def _texts(line: str) -> list[str]:
    try:
        return [text for text in json.loads(line).values() if isinstance(text, str) and _STACK.search(text)] or [line]
    except (ValueError, RecursionError):
        return [line]
