"""A text with a position in it, for readers of small languages."""


class Invalid(Exception):  # noqa: N818 - carries a reason
    """It cannot be read so; a reader may try another way."""


class TextIndex:
    """Positions count from 0; blanks at both ends are no part of the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._end = len(text)
        self.trim()

    def trim(self) -> None:
        """Leave out blanks at the position and at the end."""
        self.skip()
        while self.at < self._end - 1 and self.text[self._end - 1] == " ":
            self._end -= 1

    def skip(self) -> None:
        """Go on behind blanks."""
        while self.at < self._end - 1 and self.text[self.at] == " ":
            self.at += 1

    def char(self, at: int) -> str:
        """The character; raises IndexError."""
        if at < 0:
            raise IndexError(at)
        return self.text[at]

    def here(self) -> str:
        """The character at the position; raises IndexError."""
        return self.char(self.at)

    def rest(self) -> str:
        """The text from the position on."""
        return self.text[self.at : self._end]

    def between(self, begin: int, end: int) -> str:
        """A part of the text."""
        return self.text[begin:end]

    def is_inside(self, at: int | None = None) -> bool:
        """Whether a position, by default the current one, has a character."""
        return 0 <= (self.at if at is None else at) < self._end

    def is_tail(self) -> bool:
        """Whether at most one character is left."""
        return self.at >= self._end - 1

    def is_last(self, char: str) -> bool:
        """Whether it is the last character."""
        return self.char(self._end - 1) == char

    def significant(self, at: int) -> str:
        """The next character behind a position that is not blank; a blank if there is none."""
        at += 1
        while self.is_inside(at) and self.text[at] == " ":
            at += 1
        return self.text[at] if self.is_inside(at) else " "

    def next_is(self, char: str, at: int) -> int:
        """Where the next character that is not blank is, if it is this one; else -1. Raises IndexError at the end."""
        at += 1
        while self.is_inside(at) and self.text[at] == " ":
            at += 1
        return at if self.char(at) == char else -1

    def find(self, char: str, at: int) -> int:
        """Where the next such character is; else -1."""
        return self.text.find(char, at, self._end)

    def unescaped(self, at: int, char: str) -> int:
        """Where the next such character behind a position is that has no backslash before it; else -1."""
        at += 1
        while self.is_inside(at):
            if self.text[at] == "\\":
                at += 1
            elif self.text[at] == char:
                return at
            at += 1
        return -1

    def expect(self, sign: str) -> None:
        """Go on behind this text; raises Invalid if another one follows."""
        self.skip()
        if not self.rest().startswith(sign):
            raise Invalid(f"'{sign}' is expected instead of '{self.rest()}'")
        self.at += len(sign)

    def matching(self, begin: int, pair: str, *, quotes: str = "'\"") -> int:
        """Where the bracket at `begin` is closed, outside of texts; -1 for nowhere."""
        depth, at = 1, begin + 1
        while self.is_inside(at):
            for quote in _quoted(self.char(at), quotes):
                if self.char(at) != quote:
                    continue
                if (end := self.unescaped(at, quote)) < 0:
                    raise Invalid(f"a text has no closing {quote}")
                at = end + 1
            depth += {pair[0]: 1, pair[1]: -1}.get(self.char(at), 0)
            if not depth:
                return at
            at += 1
        return -1


def _quoted(char: str, quotes: str) -> str:
    """The quotes of texts that begin here: a regular expression may begin right behind another text."""
    own = char if char in quotes and char != "/" else ""
    return own + ("/" if "/" in quotes else "")
