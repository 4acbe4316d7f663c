"""Progress on a terminal: one line per subject, with its state and duration."""

import sys
import time
from dataclasses import dataclass, field
from threading import Lock

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.table import Table
from rich.text import Text

from localenv.console import words
from localenv.console.columns import without_middle
from localenv.console.ink import has_colours
from localenv.console.terminal import raw
from localenv.events import Event, Phase, Progress

_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_ASCII_FRAMES = "|/-\\"
_MARKS = {Progress.DONE: ("✓", "green"), Progress.UNCHANGED: ("=", "green"), Progress.FAILED: ("✗", "red")}
_ASCII_MARKS = {Progress.DONE: "+", Progress.UNCHANGED: "=", Progress.FAILED: "x"}
_A_SECOND = 12.0  # frames
_GAP = 2  # between two columns of the table
_TITLE = 20  # columns of a command in front of a line of its output
_OTHERS = 45  # columns that are left to state, duration and reason beside a long subject
_MARGIN = 2  # lines of the terminal left free


@dataclass(kw_only=True)
class LiveRow:
    """The current state of one subject."""

    subject: str
    event: Event
    began: float
    output: str = ""  # its last line

    @property
    def seconds(self) -> float:
        """The duration of the step, or the elapsed time."""
        return time.monotonic() - self.began if self.is_working else self.event.seconds or 0

    @property
    def is_working(self) -> bool:
        """Whether it is still in progress."""
        return self.event.state in (Progress.WORKING, Progress.WAITING)


@dataclass(kw_only=True)
class LiveRows:
    """The latest event of each subject, as a Rich renderable."""

    unicode: bool = True
    rows: dict[str, LiveRow] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def show(self, event: Event) -> None:
        """Record one event."""
        name = words.subject(event)
        with self._lock:
            row = self.rows.get(name)
            if event.phase is Phase.LOG:
                if row:
                    row.output = event.detail
            elif row is None:
                self.rows[name] = LiveRow(subject=name, event=event, began=time.monotonic())
            else:
                began = row.began if row.is_working else time.monotonic()
                self.rows[name] = LiveRow(subject=name, event=event, began=began)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """As many rows as fit on the terminal; rows in progress come first."""
        with self._lock:
            rows = list(self.rows.values())
        room = max(console.height - _MARGIN, 1)
        shown = rows if len(rows) <= room else [row for row in rows if row.event.state is not Progress.DONE][:room]
        yield self._table(shown, options.max_width)
        if len(shown) < len(rows):
            yield Text(f"  and {len(rows) - len(shown)} more", style="dim")

    def _table(self, rows: list[LiveRow], width: int) -> Table:
        """The table; in a narrow terminal the last column is cut, and a long subject loses its middle."""
        table = Table.grid(padding=(0, _GAP, 0, 0))
        for _ in range(5):
            table.add_column(no_wrap=True, overflow="ellipsis")
        longest = max(width - _OTHERS, _TITLE)  # columns of a subject
        names = [
            name if len(name) <= longest else without_middle(name, longest) for name in (one.subject for one in rows)
        ]
        columns = [
            (self._mark(row), Text(name), Text(words.doing(row.event)), _seconds(row))
            for row, name in zip(rows, names, strict=True)
        ]
        taken = sum(max(text.cell_len for text in column) + _GAP for column in zip(*columns, strict=True))
        for row, texts in zip(rows, columns, strict=True):
            table.add_row(*texts, _aside(row, max(width - taken, 0)))
        return table

    def _mark(self, row: LiveRow) -> Text:
        if row.is_working:
            frames = _FRAMES if self.unicode else _ASCII_FRAMES
            return Text(frames[int(time.monotonic() * _A_SECOND) % len(frames)], style="cyan")
        mark, style = _MARKS[row.event.state]
        return Text(mark if self.unicode else _ASCII_MARKS[row.event.state], style=style)


class Screen:
    """The rows on the terminal of standard error."""

    def __init__(self) -> None:
        console = Console(file=raw(sys.stderr), no_color=not has_colours(sys.stderr), highlight=False)
        self._rows = LiveRows(unicode="utf" in console.encoding.lower())
        self._live = Live(self._rows, console=console, refresh_per_second=_A_SECOND)
        self._live.start()

    def show(self, event: Event) -> None:
        """Record one event; the next frame shows it."""
        self._rows.show(event)

    def close(self, *, keep: bool) -> None:
        """Release the terminal; the rows stay only with `keep`."""
        self._live.transient = not keep
        self._live.stop()


def _seconds(row: LiveRow) -> Text:
    if row.event.seconds is None and not row.is_working:
        return Text()
    return Text(words.seconds(row.seconds), style="dim", justify="right")


def _aside(row: LiveRow, room: int) -> Text:
    """The reason of the step, or the last line of its output, in so many columns."""
    text = row.output if row.output and row.is_working else words.reason(row.event)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    found = Text(text if cell_len(text) <= room else _without_title(text), style="dim")
    found.truncate(room, overflow="ellipsis")
    return found


def _without_title(text: str) -> str:
    """A line of output behind the beginning of its command, of which only the line changes."""
    title, separator, line = text.partition(": ")
    return f"{title[: _TITLE - 1]}…{separator}{line}" if separator and len(title) > _TITLE else text
