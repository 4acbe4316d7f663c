"""The explanations that frameworks and tools print when they cannot start."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise, takewhile

_OF_SPRING, _DESCRIPTION, _REASON = "APPLICATION FAILED TO START", "Description:", "Reason: "
_OF_SYMFONY = re.compile(r"^\s*In \w+\.php line \d+:\s*$")
_NO_FRAMEWORK, _FRAMEWORK = "You must install or update .NET", "Framework: "
_OF_PRISMA = re.compile(r"^Error: (?:P\d+|Prisma schema validation\b.*)$")
_PRISMA_SAYS = ("Database error:", "error: ")
_BOX = "╭─ Error ─"
_OF_BLOCK = re.compile(r"^  .*\S")
_WIDE = 70  # characters: what fills such a line may be cut before any letter
_STACKS = ("stack traceback:", "CallStack (from HasCallStack):")  # of Lua and Haskell
_OF_UV, _CAUSED_BY = re.compile(r"^error: (?!could not compile)\S"), "Caused by: "


def explanation(lines: Sequence[str]) -> str:
    """The explanation in lines without colours; empty if there is none."""
    texts = [line.strip() for line in lines]
    return next(filter(None, (explain(texts) for explain in _TOOLS)), "") or _of_symfony(lines)


def _of_spring(texts: Sequence[str]) -> str:
    """The description with which Spring Boot explains its failure, with the reason where it announces one."""
    if _OF_SPRING not in texts or _DESCRIPTION not in (rest := texts[texts.index(_OF_SPRING) :]):
        return ""
    found = [*filter(None, rest[rest.index(_DESCRIPTION) + 1 :])]
    if found and found[0].endswith(":"):
        found[0] += next((f" {text.removeprefix(_REASON)}" for text in found if text.startswith(_REASON)), "")
    return found[0] if found else ""


def _of_dotnet(texts: Sequence[str]) -> str:
    """The version of .NET that is missing."""
    if not any(text.startswith(_NO_FRAMEWORK) for text in texts):
        return ""
    wanted = next((text for text in texts if text.startswith(_FRAMEWORK)), "")
    return f"{_NO_FRAMEWORK}: {wanted}" if wanted else ""


def _of_prisma(texts: Sequence[str]) -> str:
    """An error of Prisma's command line with its reason, which is some lines below."""
    number = next((number for number, text in enumerate(texts) if _OF_PRISMA.match(text)), None)
    if number is None:
        return ""
    rest = [*filter(None, texts[number + 1 :])]
    database, schema = _PRISMA_SAYS
    said = rest[rest.index(database) + 1 :] if database in rest else [one for one in rest if one.startswith(schema)]
    return ": ".join([texts[number], *(one.removeprefix(schema) for one in (said or rest)[:1])])


def _of_typer(texts: Sequence[str]) -> str:
    """What a command line of Python prints in a box."""
    number = next((number for number, text in enumerate(texts) if text.startswith(_BOX)), None)
    inside = takewhile(lambda text: text.startswith("│"), texts[number + 1 :] if number is not None else ())
    said = " ".join(text.strip("│ ") for text in inside)
    return f"Error: {said}" if said else ""


def _of_uv(texts: Sequence[str]) -> str:
    """An error of a tool in Rust with the last of its causes: it stands on the line below."""
    number = next((number for number, text in enumerate(texts) if _OF_UV.match(text)), None)
    causes = takewhile(lambda text: text.startswith(_CAUSED_BY), texts[number + 1 :] if number is not None else ())
    last = [*causes][-1:]
    return f"{texts[number]}: {last[0].removeprefix(_CAUSED_BY)}" if number is not None and last else ""


def _of_symfony(lines: Sequence[str]) -> str:
    """The outermost exception of a console of PHP, whose lines are cut anywhere and filled with spaces."""
    number = next((number for number, line in enumerate(lines) if _OF_SYMFONY.match(line)), None)
    if number is None:
        return ""
    block = [*takewhile(lambda line: not _OF_SYMFONY.match(line), lines[number + 1 :])]
    begin = next((at for at, line in enumerate(block) if line.strip()), len(block))
    said = [line[2:].removesuffix("  ") for line in takewhile(_OF_BLOCK.match, block[begin:])]
    cut = [*takewhile(lambda pair: _is_cut(*pair), pairwise(said))]
    text = "".join(said[: len(cut) + 1]).strip()
    return f"{lines[number].strip()} {text}" if text else ""


def _is_cut(line: str, after: str) -> bool:
    """Whether a line was cut within a sentence, which then fills it."""
    return line == line.rstrip() and (len(line) >= _WIDE or not after[:1].isupper())


def _above_stack(texts: Sequence[str]) -> str:
    """The error above the last stack."""
    number = max((number for number, text in enumerate(texts) if text in _STACKS), default=0)
    return texts[number - 1] if number else ""


_TOOLS: Sequence[Callable[[Sequence[str]], str]] = (_of_spring, _of_dotnet, _of_prisma, _of_typer, _of_uv, _above_stack)
