"""What a YAML file holds: texts as written, mappings and sequences, each with its position."""

from dataclasses import dataclass

from localenv.errors import Position


class Text(str):
    """A scalar exactly as written, and where; `plain` is one without quotes."""

    __slots__ = ("at", "one_line", "plain")
    at: Position
    plain: bool
    one_line: bool  # its characters stand beside one another in the file

    def within(self, offset: int) -> Position:
        """Where its character at `offset` stands; its beginning where that cannot be told."""
        if not self.one_line:
            return self.at
        return Position(self.at.file, self.at.line, self.at.column + offset + (0 if self.plain else 1))


@dataclass(frozen=True)
class Null:
    """A plain `null` or `~`, or nothing at all; `text` is which."""

    text: str
    at: Position


class Table(dict[str, "Node"]):
    """A mapping; `positions` holds where each key stands."""

    def __init__(self, at: Position) -> None:
        super().__init__()
        self.at = at
        self.positions: dict[str, Position] = {}

    def put(self, key: str, value: "Node", at: Position) -> None:
        """Set a key that stands at a position."""
        self[key] = value
        self.positions[key] = at


class Items(list["Node"]):
    """A sequence."""

    def __init__(self, at: Position) -> None:
        super().__init__()
        self.at = at


Node = Text | Null | Table | Items


def text_at(value: str, at: Position, *, plain: bool = True, one_line: bool = False) -> Text:
    """A text that stands at a position."""
    text = Text(value)
    text.at, text.plain, text.one_line = at, plain, one_line
    return text
