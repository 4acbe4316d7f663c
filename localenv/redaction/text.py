"""What is secret: how its names look, and the texts this process knows, taken out of whatever it shows or writes."""

import re
from collections.abc import Iterable
from threading import Lock
from urllib.parse import quote

HIDDEN = "***"
SHORTEST = 6  # characters: a shorter text stands in too many others
_NAME = re.compile(
    r"(?<!COM)(?<!BY)PASS($|[^A-Z])|PASSW|PASSPHRASE|PWD|SECRET|TOKEN|KEY|CREDENTIAL|AUTH|PRIVATE|SIGNATURE"
    r"|(?<![A-Z])SALT(?![A-Z])",
    re.IGNORECASE,
)
_IN_URL = re.compile(r"(://[^:/@\s]*:)(?!\$\{)([^@/\s]+)@")
_USER_ALONE = re.compile(r"(https?://)(?!\$\{)[^:/@\s]{12,}@")  # a token; a name would be shorter
_IN_QUERY = re.compile(r"([?&])([\w.-]+)=(?!\$\{)([^&\s]+)")
_PLAIN = re.compile(r"-?[0-9.,:]*|[a-z]+|/.*|~.*|[a-z]+://[^@\s]*", re.DOTALL)  # numbers, words, paths, URLs


class _Known:
    """The texts of this process; any thread may learn one."""

    def __init__(self) -> None:
        self.texts: set[str] = set()
        self.pattern: re.Pattern[str] | None = None
        self.lock = Lock()


_known = _Known()


def is_secret(name: str) -> bool:
    """Whether the name of a variable says that its value is secret."""
    return _NAME.search(name) is not None


def in_urls(text: str) -> list[str]:
    """What is secret in the URLs of a text: passwords, tokens in their place, and what a query says is secret."""
    found = [password for _, password in _IN_URL.findall(text)]
    found += [user[0].partition("://")[2].rstrip("@") for user in _USER_ALONE.finditer(text)]
    return found + [value for _, name, value in _IN_QUERY.findall(text) if is_secret(name)]


def without_urls_secrets(text: str) -> str:
    """A text whose URLs show none of these."""
    text = _USER_ALONE.sub(rf"\1{HIDDEN}@", _IN_URL.sub(rf"\1{HIDDEN}@", text))
    return _IN_QUERY.sub(lambda one: f"{one[1]}{one[2]}={HIDDEN}" if is_secret(one[2]) else one[0], text)


def is_plain(text: str) -> bool:
    """Whether a value looks like a setting, and is not worth hiding where its name does not say so."""
    return len(text) <= SHORTEST + 1 or _PLAIN.fullmatch(text) is not None


def learn(texts: Iterable[str], *, shown: Iterable[str] = ()) -> None:
    """From now on these are hidden, line by line too; not those too short to tell, or that stand in what is `shown`."""
    visible = " ".join(shown)
    found = {form for text in texts for line in (text, *text.splitlines()) for form in _forms(line.strip())}
    fresh = {text for text in found if len(text) >= SHORTEST and text not in visible}
    with _known.lock:
        if not fresh <= _known.texts:
            _known.texts |= fresh
            longest_first = sorted(_known.texts, key=len, reverse=True)
            _known.pattern = re.compile("|".join(map(re.escape, longest_first)))


def redacted(text: str) -> str:
    """A text without what is known to be secret, and without what is secret in URLs."""
    pattern = _known.pattern
    return without_urls_secrets(pattern.sub(HIDDEN, text) if pattern else text)


def _forms(text: str) -> set[str]:
    """As it is, and as URLs, Python and JSON write it."""
    return {text, quote(text, safe=""), repr(text)[1:-1], text.replace("\\", "\\\\").replace('"', '\\"')}
