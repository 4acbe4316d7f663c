"""Tables as plain lines of any width: a URL that is cut or wrapped cannot be used."""

from collections.abc import Callable, Sequence

Style = Callable[[str], str]
_GAP = "  "


def columns(
    rows: Sequence[Sequence[str]], styles: Sequence[Style | None] = (), *, headings: Sequence[str] = ()
) -> list[str]:
    """The rows in aligned columns, below their headings; a column that is empty in every row is left out."""
    kept = [number for number in range(max(map(len, rows), default=0)) if any(row[number] for row in rows)]
    shown = [headings, *rows] if headings else rows
    widths = {number: max(len(row[number]) for row in shown) for number in kept}
    return [_GAP.join(_cell(row[number], widths[number], styles, number) for number in kept).rstrip() for row in shown]


def _cell(text: str, width: int, styles: Sequence[Style | None], number: int) -> str:
    style = styles[number] if number < len(styles) else None
    return (style(text) if style else text) + " " * (width - len(text))
