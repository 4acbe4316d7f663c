"""Find many known texts in a long one in one pass, and secrets in each of their forms."""

import re
from collections.abc import Collection, Iterable, Iterator

from localenv.redaction import recorded

_REST_OF_NAME = re.compile(r'[^"\n]*":')  # of a member
_SHORTEST = 8  # characters of a secret to look for in any form; a shorter one may stand anywhere by chance
_STARTS = re.compile("(?<![A-Za-z0-9])")  # where a whole text may begin


class KnownTexts:
    """Texts of at least `shortest` characters by their beginning."""

    def __init__(self, texts: Iterable[str], shortest: int) -> None:
        self._shortest = shortest
        self._by_beginning: dict[str, dict[int, set[str]]] = {}  # then by their length, the longest first
        for one in texts:
            self.add(one)

    def add(self, text: str) -> None:
        """Add a text, unless it is too short."""
        if len(text) >= self._shortest:
            by_length = self._by_beginning.setdefault(text[: self._shortest], {})
            if len(text) not in by_length:
                longest_first = sorted({**by_length, len(text): {text}}.items(), reverse=True)
                self._by_beginning[text[: self._shortest]] = dict(longest_first)
            else:
                by_length[len(text)].add(text)

    def within(self, text: str, *, is_whole: bool = False) -> Iterator[tuple[int, str]]:
        """Where a known text begins, and the longest one there; the next after its end.

        `is_whole`: no letter or digit stands before it or behind it.
        """
        by_beginning, size, end = self._by_beginning, self._shortest, 0
        if not by_beginning:
            return
        starts = [one.start() for one in _STARTS.finditer(text)] if is_whole else range(len(text) - size + 1)
        for at in [at for at in starts if text[at : at + size] in by_beginning]:
            if at < end:
                continue
            for length, each in by_beginning[text[at : at + size]].items():
                one = text[at : at + length]
                if one in each and not (is_whole and _is_part(text, at, at + length)):
                    yield at, one
                    end = at + length
                    break


class KnownSecrets:
    """Secrets in each form in which they may stand elsewhere; a word and a number only as a whole."""

    def __init__(self, values: Collection[str]) -> None:
        plain = {one for one in values if one.isalpha() or one.isdecimal()}
        forms = (form for one in values if len(one) >= _SHORTEST for form in recorded.variants(one))
        self._plain = KnownTexts(plain, _SHORTEST)
        self._forms = KnownTexts((form for form in forms if form not in plain), _SHORTEST)

    def within(self, text: str) -> Iterator[int]:
        """Where one begins; a word is none in the name of a member."""
        yield from (at for at, _ in self._forms.within(text))
        for at, one in self._plain.within(text, is_whole=True):
            if not _REST_OF_NAME.match(text, at + len(one)):
                yield at


def _is_part(text: str, start: int, end: int) -> bool:
    """Whether a letter or digit of ASCII stands before or behind a part of a text."""
    return any(one.isascii() and one.isalnum() for one in (text[start - 1 : start], text[end : end + 1]) if one)
