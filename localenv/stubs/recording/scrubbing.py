"""Replace secrets in recorded traffic by placeholders: the same value has the same one everywhere."""

import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from localenv import redaction
from localenv.redaction import recorded
from localenv.redaction.known_texts import KnownTexts
from localenv.redaction.recorded import Found
from localenv.redaction.traffic import PAIR_NAMES, PAIR_VALUES
from localenv.stubs.recording import elements, named, tables

_SHORTEST = 6  # characters: a shorter value is replaced only where its name says that it is secret
_STRUCTURED = ("{", "[")
_KEYED = re.compile("api|access|secret|private|signing|encrypt", re.IGNORECASE)  # as in {"api": {"key": "x"}}
_WORDS = re.compile(
    r"pass(?:word|wort|wd|phrase|code)|secret|token|bearer|authorization|credentials|session|cookie|apikey|username"
    r"|response|request|recorded|started|default|customer|example",
    re.IGNORECASE,
)
_URL = re.compile(r"https?://[^\s\"'<>\\]+")
_LINK = re.compile(
    r"(?:magic|reset|invit\w*|verif\w*|confirm\w*|activat\w*|log_?in|sign_?in|unsubscribe|password|one_?time)_?(?:link|ur[il])$",
    re.IGNORECASE,
)  # the name of a URL that lets its reader in
_LEADS_IN = re.compile(
    r"(?:[a-z]+[-_])?(?:reset|verify|verification|confirm|confirmation|activate|activation|magic|unsubscribe|invite|invitation)"
    r"(?:[-_][a-z]+)?",
    re.IGNORECASE,
)  # in a path, before what is random


class _Looked(NamedTuple):
    """A text in which secrets were replaced."""

    text: str
    known: int  # secrets at that time
    own: set[str]  # secrets of the text itself


@dataclass(kw_only=True)
class Scrubber:
    """Replaces secrets, and knows those that it has replaced; `key` makes placeholders that nobody can guess from."""

    key: bytes
    known: dict[str, str] = field(default_factory=dict)  # secret → placeholder
    _order: dict[str, int] = field(default_factory=dict)  # how many were known before each
    _quoted: dict[str, str] = field(default_factory=dict)  # a secret as in a URL or in JSON → the secret
    _plain: set[str] = field(default_factory=set)  # keys without a secret
    _asked: set[tuple[str, str]] = field(default_factory=set)  # headers whose secrets are known
    _texts: list[_Looked] = field(default_factory=list)  # since `looked_in`
    _indexed: KnownTexts = field(default_factory=lambda: KnownTexts((), _SHORTEST))

    def placeholder(self, value: str, kind: str) -> str:
        """The placeholder of a value."""
        if value not in self.known:
            digest = hmac.digest(self.key, value.encode(errors="surrogatepass"), "sha256").hex()[:12]
            self._learn(value, f"{kind}-{digest}@example.com" if kind == "email" else f"{kind}-{digest}")
        return self.known[value]

    def number(self, value: float) -> int:
        """The placeholder of a secret number: a number."""
        digits = int(hmac.digest(self.key, repr(value).encode(), "sha256").hex()[:12], 16)
        found = f"1{digits % 1000:03d}0000{digits // 1000 % 10000:04d}"
        self._learn(str(value), found)
        return int(found)

    def _learn(self, value: str, placeholder: str) -> None:
        self._order.setdefault(value, len(self.known))
        self.known[value] = placeholder
        if not self.is_word(value):
            for one in recorded.quoted(value):
                self._quoted.setdefault(one, value)
                self._indexed.add(one)

    def is_word(self, value: str) -> bool:
        """Whether a secret is a word that also stands where nothing is secret, such as the password `password`."""
        return value.isalpha() and (_WORDS.fullmatch(value) is not None or value in self._plain)

    def text(self, text: str, name: str = "") -> str:
        """A text without secrets; `name` is what it is called."""
        if name and (kind := recorded.by_name(name, text)):
            return self.placeholder(text, kind)
        known = len(self.known)
        clean = found = self.everywhere(text)
        if "://" in clean:
            clean = _URL.sub(lambda one: self._link(one[0], is_secret=_LINK.search(name) is not None), clean)
        own: set[str] = set()  # what its form or the name before it tells
        for look in (recorded.in_text, named.assigned):
            if secrets := look(clean):
                own.update(clean[one.start : one.end] for one in secrets)
                clean = self._replaced(clean, secrets)
        if len(text) >= _SHORTEST:
            self._texts += [_Looked(text, known, own), *([_Looked(clean, known, set())] if clean != found else [])]
        return clean

    def learn(self, name: str, value: str) -> None:
        """Know the secrets of a header that is not written: they may stand elsewhere too."""
        if (name, value) not in self._asked:
            self.header(name, value)
            self._asked.add((name, value))

    def header(self, name: str, value: str) -> str:
        """The value of a header without secrets; the scheme of an authorization stays."""
        lowered = name.lower()
        if lowered in ("authorization", "proxy-authorization"):
            scheme, space, rest = value.partition(" ")
            if scheme.lower() == "basic" and (password := recorded.decoded(rest).partition(":")[2]):
                self.placeholder(password, "secret")  # it may stand elsewhere
            return f"{scheme} {self.placeholder(rest, 'token')}" if space else self.placeholder(value, "token")
        if lowered == "set-cookie":
            pair, semicolon, attributes = value.partition(";")
            return f"{self._pair(pair)}{semicolon}{attributes}"
        if lowered == "cookie":
            return "; ".join(self._pair(one.strip()) for one in value.split(";"))
        if redaction.is_secret_header(name) and recorded.by_name(name, value):
            return self.placeholder(value, "secret")
        if "://" in value:
            return self.url(value)
        return self.text(value, name)

    def url(self, url: str, *, is_secret: bool = False) -> str:
        """A URL, or a path with its query, without secrets; `is_secret`: what is random in the path is one."""
        if url.startswith("//"):
            return "/" + self.url(url[1:])
        try:
            split = urlsplit(url)
        except ValueError:  # no URL
            return self.text(url)
        segments = split.path.split("/")
        around = zip(["", "", *segments], ["", *segments], segments, strict=False)
        path = "/".join(self._segment(first, second, one, is_secret=is_secret) for first, second, one in around)
        parameters = [self._parameter(one) for one in split.query.split("&")] if split.query else []
        login, at, host = split.netloc.rpartition("@")
        netloc = f"{self.placeholder(login, 'login')}@{host}" if at else host
        fragment = f"#{self.text(split.fragment)}" if split.fragment else ""
        origin = f"{split.scheme}://{netloc}" if split.netloc else ""
        return f"{origin}{path}{'?' if split.query else ''}{'&'.join(parameters)}{fragment}"

    def _link(self, url: str, *, is_secret: bool = False) -> str:
        """A URL in a text, as it is unless it has a secret; `is_secret`: all that is random in it."""
        end = len(url.rstrip(".,;:!?)"))
        clean = self.url(url[:end], is_secret=is_secret)
        return clean + url[end:] if recorded.PLACEHOLDER.search(clean) else url

    def form(self, text: str) -> str:
        """Fields of a form, as in a query."""
        return "&".join(self._parameter(one) for one in text.split("&"))

    def json(self, value: Any, name: str = "") -> Any:
        """JSON without secrets."""
        match value:
            case dict():
                return {self._key(key): self.json(one, self._called(value, key, name)) for key, one in value.items()}
            case list():
                return [self.json(one, name) for one in value]
            case str():
                return self._member(value, name)
            case bool() | None:
                return value
            case int() | float():
                text = repr(value)
                is_secret = recorded.by_name(name, text) or any(one.kind == "card" for one in recorded.in_text(text))
                return self.number(value) if is_secret and not recorded.PLACEHOLDER.fullmatch(text) else value
        return value

    def body(self, body: str, content_type: str) -> str:
        """A body as text without secrets."""
        kind = content_type.partition(";")[0].strip().lower()
        if kind.endswith("x-www-form-urlencoded"):
            return self.form(body)
        if (kind.endswith("json") or body.lstrip()[:1] in _STRUCTURED) and (found := _parsed(body)) is not None:
            return json.dumps(self.json(found), ensure_ascii=False)
        if kind.endswith("ndjson") or kind == "text/event-stream":
            return "\n".join(self._line(line) for line in body.split("\n"))
        if kind in tables.KINDS:
            body = tables.replaced(body, self._cell)
        if "<" in body:
            body = self._replaced(body, [*elements.secrets(body)])
        body = self._replaced(body, named.marked(body))
        return self.text(body)

    def _cell(self, name: str, value: str) -> str:
        kind = recorded.by_name(name, value)
        return self.placeholder(value, kind) if kind else value

    def everywhere(self, text: str) -> str:
        """A text in which values that were replaced elsewhere are replaced too."""
        if len(text) < _SHORTEST:
            return text
        pieces, end = [], 0
        for at, value in self._indexed.within(text, is_whole=True):
            pieces += [text[end:at], self.known[self._quoted[value]]]
            end = at + len(value)
        return "".join([*pieces, text[end:]]) if pieces else text

    def looked_in(self) -> Sequence[_Looked]:
        """The texts since the last call, for `found_later`."""
        texts, self._texts = self._texts, []
        return texts

    def found_later(self, texts: Sequence[_Looked]) -> bool:
        """Whether a text has a secret that was found elsewhere later: it is not yet replaced there."""
        whole = "\n".join(one.text for one in texts)
        least = min((one.known for one in texts), default=0)
        if all(self._order[self._quoted[value]] < least for _, value in self._indexed.within(whole, is_whole=True)):
            return False
        return any(
            self._order[self._quoted[value]] >= one.known and value not in one.own
            for one in texts
            for _, value in self._indexed.within(one.text, is_whole=True)
        )

    def _line(self, line: str) -> str:
        before, colon, value = line.partition("data:") if line.startswith("data:") else ("", "", line)
        found = _parsed(value) if value.strip()[:1] in _STRUCTURED else None
        if found is None:
            return self.text(line)
        space, clean = value[: len(value) - len(value.lstrip())], self.json(found)
        return line if clean == found else f"{before}{colon}{space}{json.dumps(clean, ensure_ascii=False)}"

    def _member(self, value: str, name: str) -> str:
        if value.lstrip()[:1] in _STRUCTURED and not recorded.by_name(name, value):
            found = _parsed(value)
            if isinstance(found, dict | list):
                inner = self.json(found, name)
                return value if inner == found else json.dumps(inner, ensure_ascii=False)
        hidden = recorded.decoded(value) if len(value) >= 16 else ""
        if hidden and (recorded.in_text(hidden) or named.assigned(hidden) or self.everywhere(hidden) != hidden):
            return self.placeholder(value, "secret")
        return self.text(value, name)

    def _key(self, key: str) -> str:
        if key not in self._plain:  # the keys of thousands of objects are the same
            if found := recorded.in_text(key):
                return self._replaced(key, found)
            self._plain.add(key)
        return key

    @staticmethod
    def _called(whole: dict[str, Any], key: str, name: str) -> str:
        """The name of a member: of a pair such as {"name": "password", "value": "x"} the one that it says."""
        if key.lower() in PAIR_VALUES and (
            named := next((whole[one] for one in whole if one.lower() in PAIR_NAMES), None)
        ):
            return named if isinstance(named, str) else key
        if key == "id" and recorded.names_secrets(f"{name}_id"):  # as in {"session": {"id": "x"}}
            return f"{name}_id"
        if key == "key" and _KEYED.search(name):
            return f"{name}_key"
        return f"{name}.{key}" if key in ("value", "values") or recorded.names_secrets(name) else key

    def _pair(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        return f"{name}={self.placeholder(value, 'secret')}" if equals and value else pair

    def _parameter(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        plain = unquote(value.replace("+", " "))
        clean = self._member(plain, unquote(name))
        shown = self._replaced(unquote(name), recorded.in_text(unquote(name)))
        first = name if shown == unquote(name) else quote(shown, safe="")
        return f"{first}{equals}{value if clean == plain else quote(clean, safe='@')}"

    def _segment(self, first: str, second: str, segment: str, *, is_secret: bool) -> str:
        """A segment of a path without secrets, as the two before it name it: /password/reset/…"""
        plain = unquote(segment)
        is_named = recorded.by_name(unquote(second), plain) or recorded.names_secrets(unquote(first))
        is_told = is_secret or is_named or _LEADS_IN.fullmatch(second)
        is_found = is_told and recorded.is_random(plain) and not recorded.PLACEHOLDER.fullmatch(plain)
        clean = self.placeholder(plain, "secret") if is_found else self.text(plain)
        return segment if clean == plain else quote(clean, safe="@")

    def _replaced(self, text: str, found: Sequence[Found]) -> str:
        if not found:
            return text
        pieces, end = [], 0
        for start, stop, kind in sorted(found):
            if start >= end and not recorded.PLACEHOLDER.search(text[start:stop]):
                pieces += [text[end:start], self.placeholder(text[start:stop], kind)]
                end = stop
        return "".join([*pieces, text[end:]])


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
