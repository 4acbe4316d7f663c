"""One page of a list, as the parameters of a request ask for it, and what its answer tells of the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

_POSITIONS = ("page", "offset", "after")  # the kinds of parameters that tell where a page begins


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of a list: `about` as the contract has it, `ids` those of all items, `url` without the query."""

    about: Mapping[str, Any]
    query: str
    ids: Sequence[str]
    url: str = ""
    shown: slice = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shown", self._shown())

    def fill(self, body: dict[str, Any]) -> None:
        """Fill the fields of an answer that show which pages there are, and where they begin."""
        for one in self.about.get("fields", ()):
            *above, name = one["path"]
            inner: Any = body
            for key in above:
                inner = inner.get(key) if isinstance(inner, dict) else None
            if isinstance(inner, dict):
                self._put(inner, name, one)

    def headers(self, known: Mapping[str, str]) -> dict[str, str]:
        """The headers of an answer with those that show its pages."""
        kinds = self.about.get("headers", {})
        found = {name: self._header(kinds[name]) if name in kinds else value for name, value in known.items()}
        return {name: value for name, value in found.items() if value is not None}

    def _put(self, inner: dict[str, Any], name: str, one: Mapping[str, Any]) -> None:
        found = self._value(one["to"], one["form"])
        if found is None and one["last"] is None:
            return  # the contract has no value for no page
        if found is not None or one["last"]:
            inner[name] = one["last"][0] if found is None else found
        else:
            inner.pop(name, None)

    def _value(self, to: str, form: str) -> Any:
        numbers = {"total": len(self.ids), "pages": self._pages, "page": self._number(self.shown.start)}
        if to == "more":
            return self.shown.stop < len(self.ids)
        if to in ("size", *numbers):
            return self._size if to == "size" else numbers[to]
        start = self._start(to)
        if start is None:
            return None
        if form == "url":
            return self._address(start)
        if form == "number":
            return self._number(start) if "page" in self.about else None
        return self.ids[max(self.shown.start, start - 1)] if to == "next" and "after" in self.about else None

    def _header(self, kind: str) -> str | None:
        if kind != "link":
            found = self._value(kind, "number" if "page" in self.about else "url")
            return None if found is None else str(found).lower() if isinstance(found, bool) else str(found)
        pages = {"next": "next", "prev": "previous", "first": "first", "last": "last"}
        starts = {rel: self._start(to) for rel, to in pages.items()}
        return ", ".join(f'<{self._address(at)}>; rel="{rel}"' for rel, at in starts.items() if at is not None)

    @property
    def _size(self) -> int:
        size: int = self.shown.stop - self.shown.start
        return max(1, size)

    @property
    def _last(self) -> int:
        return (self._pages - 1) * self._size

    @property
    def _pages(self) -> int:
        return max(1, -(-len(self.ids) // self._size))

    def _start(self, to: str) -> int | None:
        """The position of the first item of another page; None if there is no such page."""
        start: int = self.shown.start
        stop: int = self.shown.stop
        match to:
            case "next":
                return stop if stop < len(self.ids) else None
            case "previous":
                return max(0, min(start - self._size, self._last)) if start else None
            case "last":
                return self._last
            case "self":
                return start
        return 0

    def _number(self, start: int) -> int:
        first: int = self.about.get("first", 1)
        return first + start // self._size

    def _address(self, start: int) -> str:
        """The URL of the page that begins at a position, with the other parameters of the request."""
        asked = parse_qsl(self.query, keep_blank_values=True)
        names = {kind: self.about[kind] for kind in _POSITIONS if kind in self.about}
        given = [kind for kind, name in names.items() if name in dict(asked)]
        kind = next(iter([*given, *names]), "")
        values = {"page": self._number(start), "offset": start, "after": "".join(self.ids[:start][-1:])}
        kept = [(name, value) for name, value in asked if name not in names.values()]
        is_shown = kind and (kind != "after" or start)
        query = urlencode([*kept, (names[kind], values[kind])] if is_shown else kept)
        return f"{self.url}?{query}" if query else self.url

    def _shown(self) -> slice:
        about, asked = self.about, dict(reversed(parse_qsl(self.query)))
        size = _number(asked.get(about.get("limit", "")), about.get("default", len(self.ids)))
        first = _number(asked.get(about.get("offset", "")), 0)
        if (number := asked.get(about.get("page", ""))) is not None:
            first = (_number(number, 1) - about["first"]) * size
        if (after := asked.get(about.get("after", ""))) in self.ids:
            first = self.ids.index(str(after)) + 1
        first = max(0, first)
        return slice(first, first + max(0, size))


def _number(text: str | None, otherwise: int) -> int:
    try:
        return int(text or "")
    except ValueError:
        return otherwise
