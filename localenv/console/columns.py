"""Tables as plain lines: full width in a pipe, at most the terminal's width on a terminal.

Words are never broken: a truncated or wrapped URL is useless. Columns that may be shortened lose their middle; if that
is not enough, each row becomes a stack of lines.
"""

import shutil
import textwrap
from collections.abc import Callable, Sequence
from typing import TextIO

Style = Callable[[str], str]
_GAP = "  "
_SHORTEST = 16  # columns that remain of a shortened cell
_ENDLESS = 10_000  # columns of a stream that is not a terminal


def width(stream: TextIO) -> int:
    """The width of a terminal; practically unlimited elsewhere."""
    return shutil.get_terminal_size().columns if stream.isatty() else _ENDLESS


def columns(
    rows: Sequence[Sequence[str]],
    styles: Sequence[Style | None] = (),
    *,
    headings: Sequence[str] = (),
    within: int = _ENDLESS,
    shortened: Sequence[int] = (),
) -> list[str]:
    """The rows in aligned columns, below their headings; columns that are empty in every row are left out.

    The middle of `shortened` columns may be left out, in their order, to fit `within` so many columns.
    """
    kept = [number for number in range(max(map(len, rows), default=0)) if any(row[number] for row in rows)]
    widths = _widths([headings, *rows] if headings else rows, kept)
    over = sum(widths.values()) + len(_GAP) * (len(kept) - 1) - within
    for number in (one for one in shortened if one in kept):
        less = max(min(over, widths[number] - _SHORTEST), 0)
        widths[number], over = widths[number] - less, over - less
    if over > 0:
        return _stacked(rows, kept, styles, headings, within)
    shown = [headings, *rows] if headings else rows
    return [_GAP.join(_cell(row[number], widths[number], styles, number) for number in kept).rstrip() for row in shown]


def _widths(rows: Sequence[Sequence[str]], kept: Sequence[int]) -> dict[int, int]:
    return {number: max(len(row[number]) for row in rows) for number in kept}


def _stacked(
    rows: Sequence[Sequence[str]],
    kept: Sequence[int],
    styles: Sequence[Style | None],
    headings: Sequence[str],
    within: int,
) -> list[str]:
    """Each row as a line with its first cell, and the others below it; with headings, one line for each."""
    names = {number: headings[number].lower() for number in kept} if headings else dict.fromkeys(kept, "")
    indent = max((len(names[number]) for number in kept[1:]), default=0)
    lines = [headings[kept[0]]] if headings and kept else []
    for row in rows:
        first, *others = [number for number in kept if row[number]] or [kept[0]]
        lines.append(_cell(row[first], 0, styles, first))
        if headings:
            for other in others:
                before = f"{_GAP}{names[other]:{indent}}{_GAP}"
                text = _at_spaces(row[other], before, within)
                lines.append(before + _cell(text, 0, styles, other))
        else:
            lines += _filled([(row[other], _cell(row[other], 0, styles, other)) for other in others], within)
    return lines


def _at_spaces(text: str, before: str, within: int) -> str:
    """A cell behind `before`, broken at spaces into as many lines as it needs."""
    if len(before) + len(text) <= within:
        return text
    room = max(within - len(before), _SHORTEST)
    lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
    return f"\n{' ' * len(before)}".join(lines)


def _filled(cells: Sequence[tuple[str, str]], within: int) -> list[str]:
    """Cells, plain and styled, in as few indented lines as possible."""
    lines: list[str] = []
    room = 0
    for plain, styled in cells:
        if lines and len(plain) + len(_GAP) <= room:
            lines[-1] += _GAP + styled
            room -= len(plain) + len(_GAP)
        else:
            lines.append(_GAP * 2 + styled)
            room = within - len(_GAP) * 2 - len(plain)
    return lines


def _cell(text: str, width: int, styles: Sequence[Style | None], number: int) -> str:
    style = styles[number] if number < len(styles) else None
    shown = without_middle(text, width) if 0 < width < len(text) else text
    return (style(shown) if style else shown) + " " * (width - len(shown))


def fitted(before: str, text: str, after: str, stream: TextIO) -> str:
    """`text` without its middle, where a line of the three is wider than the terminal; a part of it always stays."""
    room = max(width(stream) - len(before) - len(after), _SHORTEST // 2)
    return without_middle(text, room) if len(text) > room else text


def without_middle(text: str, width: int) -> str:
    """`/home/me/…/orders`."""
    end = (width - 1) * 2 // 3  # the end has more information than the beginning
    return f"{text[: width - 1 - end]}…{text[-end:]}"
