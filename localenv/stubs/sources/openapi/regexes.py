"""Regular expressions of a contract: a text that one matches, and whether matching may never end."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations, cycle
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any
from warnings import catch_warnings, simplefilter

_LONGEST = 1 << 17  # pieces of a text
_TOO_LONG = f"a text of more than {_LONGEST} characters"
_DIGITS = 20  # of a seed
_MANY = 8  # repetitions from which two nested ones take too long
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_ .:/@+=,;!#$%&'()*<>?[]^`{|}~\"\\"
_ALL = frozenset(map(chr, range(32, 256)))
_CLASSES = {
    sre.CATEGORY_DIGIT: frozenset("0123456789"),
    sre.CATEGORY_WORD: frozenset(one for one in _ALL if one.isalnum() or one == "_"),
    sre.CATEGORY_SPACE: frozenset(" \t\n\r\f\v"),
}
_SINGLE = frozenset({sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY})  # items of one character
_NEGATED = {
    sre.CATEGORY_NOT_DIGIT: sre.CATEGORY_DIGIT,
    sre.CATEGORY_NOT_WORD: sre.CATEGORY_WORD,
    sre.CATEGORY_NOT_SPACE: sre.CATEGORY_SPACE,
}
# classes of JavaScript and Java that Python does not have
_DIALECT = {
    **dict.fromkeys(("L", "Letter", "Alphabetic", "IsAlphabetic", "IsLatin", "Script=Latin", "Latin"), "a-zA-Z"),
    **dict.fromkeys(("Lu", "Uppercase", "Upper"), "A-Z"),
    **dict.fromkeys(("Ll", "Lowercase", "Lower"), "a-z"),
    **dict.fromkeys(("N", "Nd", "Number", "Digit"), "0-9"),
    **dict.fromkeys(("Z", "Zs", "Space"), " "),
    **dict.fromkeys(("P", "Po", "Punct"), "!#,.:"),
    **dict.fromkeys(("M", "Mn", "S"), ""),
}


class Unsupported(ValueError):  # noqa: N818 - says what is the matter
    """An expression that Python does not parse."""


def sample(pattern: str, seed: int = 0, least: int = 0) -> str:
    """A text that an expression matches, of at least `least` characters where it allows; raises Unsupported.

    Look-around is ignored: the caller validates the result.
    """
    if _parsed(pattern).getwidth()[0] > _LONGEST:
        raise Unsupported(_TOO_LONG)
    for extra in (0, 1, 3, 8, 20, least, least * 2):
        pieces: list[str] = []
        for piece in _texts(_parsed(pattern), seed, extra, {}):
            pieces.append(piece)
            if len(pieces) > _LONGEST:
                raise Unsupported(_TOO_LONG)
        found = "".join(pieces)
        if len(found) >= least:
            return found
    return found


def is_endless(pattern: str) -> bool:
    """Whether a backtracking engine can take exponential time for it: a repetition of what is a repetition already."""
    try:
        return any(map(_is_ambiguous, _repeats(_parsed(_apart(pattern)))))
    except (Unsupported, RecursionError):
        return False


def alphabet(pattern: str) -> frozenset[str] | None:
    """The characters of the texts that an expression matches as a whole; None for one that matches parts of texts."""
    try:
        items = [*_parsed(pattern)]
    except (Unsupported, RecursionError):
        return None
    is_whole = len(items) > 1 and items[0] == (sre.AT, sre.AT_BEGINNING) and items[-1] == (sre.AT, sre.AT_END)
    return frozenset().union(*_alphabets(items)) if is_whole else None


def quoted(text: str) -> str:
    """Text as a regular expression of Java."""
    return re.sub(r"([\\.\[\](){}*+?|^$])", r"\\\1", text)


def java(pattern: str) -> str:
    r"""An expression of JavaScript as Java reads it.

    In a class of characters `[` and `&&` mean themselves, and `$` is the end, not what is before a last line break.
    """
    found, is_class = [], False
    for part in re.findall(r"\\u\{[0-9a-fA-F]+\}|\\.|&&|.", pattern, re.DOTALL):
        if is_class and part in ("[", "&&"):
            part = "\\" + "\\".join(part)
        elif part.startswith("\\u{"):
            part = f"\\x{part[2:]}"
        elif part == "[":
            is_class = True
        elif part == "]":
            is_class = False
        elif part == "$" and not is_class:
            part = r"\z"
        found.append(part)
    return "".join(found).replace("[^]", r"[\s\S]")


@lru_cache(maxsize=1024)
def _parsed(pattern: str) -> Any:
    text = "".join(_plain(pattern))
    text = re.sub(r"\(\?<([A-Za-z]\w*)>", r"(?P<\1>", text)
    text = re.sub(r"\\u\{?([0-9a-fA-F]{4,6})\}?", lambda found: re.escape(chr(int(found[1], 16))), text)
    try:
        with catch_warnings():  # of classes that Python may read differently one day
            simplefilter("ignore", FutureWarning)
            return parser.parse(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise Unsupported(str(error)) from error


def _apart(pattern: str) -> str:
    """An expression whose branches Python does not make one class or one beginning of."""
    parts, is_class = [], False
    for part in re.findall(r"\\.|.", pattern, re.DOTALL):
        is_class = part == "[" or (is_class and part != "]")
        parts.append("|(?=)" if part == "|" and not is_class else part)
    return "".join(parts)


def _plain(pattern: str) -> Iterator[str]:
    """The parts of an expression with classes by property as Python has them, alone and inside of brackets."""
    is_class = False
    for part in re.findall(r"\\p\{[^}]*\}|\\.|.", pattern, re.DOTALL):
        is_class = part == "[" or (is_class and part != "]")
        known = _DIALECT.get(part[3:-1]) if part.startswith("\\p{") else None
        yield part if known is None else known if is_class or not known else f"[{known}]"


def _texts(items: Any, seed: int, extra: int, groups: dict[int, str]) -> Iterator[str]:
    for op, value in items:
        if _is_repeat(op):
            low, high, inner = value
            for number in range(min(low + extra, int(high))):
                yield from _texts(
                    inner, (seed // 10**number if number < _DIGITS else 0) + number, extra if number == 0 else 0, groups
                )
        elif op is sre.SUBPATTERN:
            pieces: list[str] = []
            for piece in _texts(value[-1], seed, extra, groups):
                pieces.append(piece)
                yield piece
            groups[value[0] or 0] = "".join(pieces)
        elif op is sre.BRANCH:
            yield from _texts(value[1][seed % len(value[1])], seed, extra, groups)
        elif op is sre.GROUPREF:
            yield groups.get(value, "")
        elif op is sre.ATOMIC_GROUP:
            yield from _texts(value, seed, extra, groups)
        elif op in (sre.LITERAL, sre.IN, sre.ANY, sre.NOT_LITERAL, sre.CATEGORY):
            yield chr(value) if op is sre.LITERAL else _one_of(_characters(op, value), seed)


def _one_of(characters: frozenset[str], seed: int) -> str:
    usual = [one for one in _LETTERS if one in characters] or sorted(characters)
    return usual[seed % min(len(usual), 26)] if usual else ""


def _characters(op: Any, value: Any) -> frozenset[str]:
    """The characters that one item matches, of the first 256."""
    if op is sre.LITERAL:
        return frozenset({chr(value)})
    if op is sre.NOT_LITERAL:
        return _ALL - {chr(value)}
    if op is sre.CATEGORY:
        return _ALL - _CLASSES[_NEGATED[value]] if value in _NEGATED else _CLASSES.get(value, _ALL)
    if op is sre.IN:
        found: frozenset[str] = frozenset()
        for kind, inner in value:
            if kind is sre.RANGE:
                found |= frozenset(map(chr, range(inner[0], min(inner[1], inner[0] + 255) + 1)))
            elif kind is not sre.NEGATE:
                found |= _characters(kind, inner)
        return _ALL - found if value and value[0][0] is sre.NEGATE else found
    return _ALL


def _alphabets(items: Any) -> Iterator[frozenset[str]]:
    for op, value in items:
        if _is_repeat(op) or op is sre.SUBPATTERN:
            yield from _alphabets(value[-1])
        elif op is sre.ATOMIC_GROUP:
            yield from _alphabets(value)
        elif op is sre.BRANCH:
            for branch in value[1]:
                yield from _alphabets(branch)
        elif op in _SINGLE:
            yield _characters(op, value)


def _repeats(items: Any) -> Iterator[Any]:
    """The body of each unbounded repetition, also of nested ones."""
    for op, value in items:
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            if value[1] >= _MANY:
                yield value[2]
            yield from _repeats(value[2])
        elif op is sre.SUBPATTERN:
            yield from _repeats(value[-1])
        elif op is sre.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch)
        elif op in (sre.ASSERT, sre.ASSERT_NOT):
            yield from _repeats(value[1])


def _is_ambiguous(body: Any) -> bool:
    """Whether a repeated body can split one text in several ways."""
    items = [*_flat(body)]
    for branches in (value[1] for op, value in items if op is sre.BRANCH):
        if len(items) == 1 and any(_is_either(one, other) for one, other in combinations(branches, 2)):
            return True
    repeated = [_first(value[2]) for op, value in items if _is_open(op, value)]
    fixed = [_first([(op, value)]) for op, value in items if not _is_open(op, value) and not _is_optional(op, value)]
    return any(all(one & separator for separator in fixed) for one in repeated)


def _is_either(one: Any, other: Any) -> bool:
    """Whether a text may be read as one branch or as another, or as a repetition of it."""
    short, long = sorted(([*_flat(one)], [*_flat(other)]), key=len)
    if any(op not in _SINGLE for op, _ in (*short, *long)) or not short:
        return bool(_first(one) & _first(other))
    return all(_characters(*a) & _characters(*b) for a, b in zip(cycle(short), long, strict=False))


def _is_open(op: Any, value: Any) -> bool:
    return _is_repeat(op) and value[1] >= _MANY and value[0] != value[1]


def _is_optional(op: Any, value: Any) -> bool:
    return _is_repeat(op) and value[0] == 0


def _is_repeat(op: Any) -> bool:
    return op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)


def _flat(items: Any) -> Iterator[Any]:
    for op, value in items:
        if op is sre.SUBPATTERN:
            yield from _flat(value[-1])
        elif op not in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
            yield op, value


def _first(items: Any) -> frozenset[str]:
    """The characters that a text of these items can begin with."""
    found: frozenset[str] = frozenset()
    for op, value in _flat(items):
        if op is sre.BRANCH:
            return found.union(*map(_first, value[1]))
        if not _is_repeat(op):
            return found | _characters(op, value)
        found |= _first(value[2])
        if value[0] > 0:
            return found
    return found
