"""Interpolation of Compose files: `${NAME:-default}` as an atom that survives until the value is written."""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from localenv import redaction
from localenv.redaction import is_secret

# https://docs.docker.com/reference/compose-file/interpolation
_VARIABLE = re.compile(r"\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-?+])|\}))")
_BRACE = re.compile(r"\$\{|\}")
_DEEPEST = 100  # defaults in defaults
_FIRST = 0x100000  # private use, of a plane that no font has
_RESERVED = re.compile(f"[{chr(_FIRST)}-{chr(sys.maxunicode)}]")
_MOST = 0xFFFD


@dataclass(kw_only=True)
class Atoms:
    """Texts in which a variable or a reference is one character, the same for equal ones."""

    known: Mapping[str, str] = field(default_factory=dict, repr=False)  # the values of `.env`: never written
    examples: Mapping[str, str] = field(default_factory=dict)  # those of `.env.example`
    _written: list[str] = field(default_factory=list)  # by atom: as it is written in a description
    _resolved: list[str] = field(default_factory=list, repr=False)  # by atom: its value now
    _plain: list[str] = field(default_factory=list)  # by atom: its value now, if its name does not make it a secret
    _shown: list[str] = field(default_factory=list)  # by atom: its default, which may be written
    _number: dict[str, int] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)  # names of variables with their atoms

    def read(self, text: str) -> str:
        """A text of a Compose file, with its variables as atoms."""
        return "".join(self._parts(_RESERVED.sub("", text)))

    def reference(self, text: str) -> str:
        """The atom of a reference such as `${db.url}`."""
        return self._atom(text, "", "", "")

    def written(self, text: str) -> str:
        """A text as it stands in a description: references, and dollars doubled."""
        return "".join(self._written[n] if (n := self._index(one)) is not None else one for one in _doubled(text))

    def resolved(self, text: str) -> str:
        """A text with the values that its variables have now; for keys that take no references."""
        return "".join(self._resolved[n] if (n := self._index(one)) is not None else one for one in text)

    def plain(self, text: str) -> str:
        """The same, but the default of a variable whose name marks a secret."""
        return "".join(self._plain[n] if (n := self._index(one)) is not None else one for one in text)

    def shown(self, text: str) -> str:
        """A text with the defaults of its variables; never with a value of `.env`."""
        return "".join(self._shown[n] if (n := self._index(one)) is not None else one for one in text)

    def has_atoms(self, text: str) -> bool:
        """Whether a text has a variable or a reference."""
        return any(self._index(one) is not None for one in text)

    def literal(self, text: str) -> str:
        """A text without its atoms."""
        return "".join(one for one in text if self._index(one) is None)

    def _index(self, character: str) -> int | None:
        number = ord(character) - _FIRST
        return number if 0 <= number < len(self._written) else None

    def _atom(self, written: str, resolved: str, shown: str, plain: str) -> str:
        if written not in self._number and len(self._written) < _MOST:
            self._number[written] = len(self._written)
            self._written.append(written)
            self._resolved.append(resolved)
            self._shown.append(shown)
            self._plain.append(plain)
        return chr(_FIRST + self._number[written]) if written in self._number else shown

    def _parts(self, text: str) -> Iterator[str]:
        end = 0
        while found := _VARIABLE.search(text, end):
            yield text[end : found.start()]
            end = found.end()
            if found[1]:
                yield "$"
            elif found[2] or not found[4]:
                yield self._variable(found[2] or found[3], "", "")
            else:
                rest, end = _closed(text, end)
                yield self._variable(found[3], found[4], rest)
        yield text[end:]

    def _variable(self, name: str, operator: str, rest: str) -> str:
        if operator.endswith("+"):  # a replacement for a set variable
            return self.shown(self.read(rest)) if self.known.get(name) else ""
        inner = self.read(rest) if operator.endswith("-") else ""
        public = self.shown(inner) or ("" if is_secret(name) else self.examples.get(name, ""))
        public = "" if re.search(r"[}\n]", public) else public
        value = self.known.get(name) or self.resolved(inner) or self.examples.get(name, "")
        plain = public if is_secret(name) or redaction.in_urls(value) else value
        if operator.endswith("?"):
            message = re.sub(r"[{}\n]", " ", rest) or "is not set"
            atom = self._atom(f"${{env.{name}:?{message}}}", value, public, plain)
        else:
            atom = self._atom(f"${{env.{name}:-{public}}}", value, public, plain)
        self.variables.setdefault(name, atom)
        return atom


def _closed(text: str, start: int) -> tuple[str, int]:
    """The text up to the brace that closes a variable, and the position after it; raises RecursionError."""
    depth = 1
    for one in _BRACE.finditer(text, start):
        depth += -1 if one[0] == "}" else 1
        if depth > _DEEPEST:
            raise RecursionError
        if not depth:
            return text[start : one.start()], one.end()
    return text[start:], len(text)


def _doubled(text: str) -> Iterator[str]:
    for one in text:
        yield from "$$" if one == "$" else one
