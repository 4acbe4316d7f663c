"""The nodes of a YAML file: texts as written, mappings and sequences, each with its position."""

from dataclasses import dataclass

from localenv.errors.problems import Position


class Text(str):
    """A scalar exactly as written, with its position; `plain` means without quotes."""

    __slots__ = ("at", "one_line", "plain")
    at: Position
    plain: bool
    one_line: bool  # its characters are adjacent in the file

    def within(self, offset: int) -> Position:
        """The position of its character at `offset`; its start if that is unknown."""
        if not self.one_line:
            return self.at
        return Position(self.at.file, self.at.line, self.at.column + offset + (0 if self.plain else 1))


@dataclass(frozen=True)
class Null:
    """A plain `null` or `~`, or an empty value; `text` is which."""

    text: str
    at: Position


class Table(dict[str, "Node"]):
    """A mapping; `positions` holds the position of each key."""

    def __init__(self, at: Position) -> None:
        super().__init__()
        self.at = at
        self.positions: dict[str, Position] = {}

    def put(self, key: str, value: "Node", at: Position) -> None:
        """Set a key with a position."""
        self[key] = value
        self.positions[key] = at


class Items(list["Node"]):
    """A sequence."""

    def __init__(self, at: Position) -> None:
        super().__init__()
        self.at = at


Node = Text | Null | Table | Items


def text_at(value: str, at: Position, *, plain: bool = True, one_line: bool = False) -> Text:
    """A text with a position."""
    text = Text(value)
    text.at, text.plain, text.one_line = at, plain, one_line
    return text
