"""What is secret: how its names look, and the texts this process knows, taken out of whatever it shows or writes."""

import re
from collections.abc import Callable, Iterable
from threading import Lock
from urllib.parse import quote

HIDDEN = "***"
SHORTEST = 6  # characters: a shorter text stands in too many others
_NAME = re.compile(
    r"(?<!COM)(?<!BY)PASS($|[^A-Z])|PASSW|PASSPHRASE|PWD|SECRET|TOKEN|KEY|CREDENTIAL|AUTH|PRIVATE|SIGNATURE"
    r"|(?<![A-Z])SALT(?![A-Z])",
    re.IGNORECASE,
)
# words that hold one of these and mean something else, and what ends the name of a setting
_SETTING = (
    "TTL|EXPIR[A-Z]*|LIFETIMES?|(MAX_?)?AGE|(MILLI)?SEC(ON)?DS?|MINUTES?|HOURS?|DAYS?|MS|TIMEOUTS?|LENGTHS?|SIZES?|LIMITS?|"
    "COUNTS?|ROUNDS|ENABLED?|DISABLED?|REQUIRED|ALLOWED|ALGORITHMS?|ALG|TYPES?|FORMATS?|ISSUERS?|AUDIENCES?|"
    "NAMES?|PREFIX(ES)?|HOSTS?|PORTS?|METHODS?|MODES?|PROVIDERS?|CLASS(ES)?|BACKENDS?|SCOPES?|REALMS?|VERSIONS?"
)
_NO_SECRET = re.compile(
    r"(?<![A-Z])PRIVATE[_.-](IPS?|NETWORKS?|SUBNETS?|ADDRESS(ES)?|RANGES?|HOSTS?|CIDRS?|LINKS?)(?![A-Z])"
    r"|(?<![A-Z])(AUTHORS?|AUTHORITY|KEYBOARDS?|KEYSPACES?|KEYWORDS?|KEYCLOAK|MONKEYS?|TOKENIZERS?|SECRETARY)(?![A-Z])"
    rf"|.*[_.-]({_SETTING})$",
    re.IGNORECASE,
)
_IN_URL = re.compile(r"://[^:/@\s]*:(?!\$\{)(?P<secret>[^@/\s]+)@")
_USER_ALONE = re.compile(r"https?://(?!\$\{)(?P<secret>[^:/@\s]{12,})@")  # a token; a name would be shorter
_IN_QUERY = re.compile(r"[?&](?P<name>[\w.-]+)=(?!\$\{)(?P<secret>[^&\s]+)")
_ASSIGNED = re.compile(r"(?P<name>[\w.-]+)=(?!\$\{)(?P<secret>[^&\s]+)")  # in a word of a command too
_OPTION = re.compile(r"(?:^|\s)-{1,2}(?P<name>[\w.-]+)\s+(?!\$\{)(?P<secret>[^\s/~.-]\S*)")  # in a line for a shell
_PLAIN = re.compile(r"-?[0-9.,:]*|[a-z]+|/.*|~.*|[a-z]+://[^@\s]*", re.DOTALL)  # numbers, words, paths, URLs


class _Known:
    """The texts of this process; any thread may learn one."""

    def __init__(self) -> None:
        self.texts: set[str] = set()
        self.pattern: re.Pattern[str] | None = None
        self.lock = Lock()


_known = _Known()


def is_secret(name: str) -> bool:
    """Whether the name of a variable says that its value is secret, and not a setting of what is: `TOKEN_TTL`."""
    return _NAME.search(_NO_SECRET.sub(" ", name)) is not None


def spans(text: str, *, assigned: bool = False) -> list[tuple[int, int]]:
    """Where secrets stand in a text: in its URLs passwords, tokens in their place, and what a query says is secret.

    With `assigned` also whatever stands behind the `=` of a secret's name, or behind it as an option.
    """
    found = [one for pattern in (_IN_URL, _USER_ALONE) for one in pattern.finditer(text)]
    named = [one for pattern in ((_ASSIGNED, _OPTION) if assigned else (_IN_QUERY,)) for one in pattern.finditer(text)]
    return [one.span("secret") for one in (*found, *(one for one in named if is_secret(one["name"])))]


def masked(text: str, found: Iterable[tuple[int, int]], mask: Callable[[str], str] = lambda secret: HIDDEN) -> str:
    """A text with a mask in place of what stands in these spans; of two that overlap the first counts."""
    pieces, end = [], 0
    for start, stop in sorted(found, key=lambda span: (span[0], -span[1])):
        if start >= end:
            pieces += [text[end:start], mask(text[start:stop])]
            end = stop
    return "".join([*pieces, text[end:]])


def in_urls(text: str) -> list[str]:
    """What is secret in the URLs of a text."""
    return [text[start:end] for start, end in spans(text)]


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
            _known.texts = _known.texts | fresh  # another thread may be looking through the one that was
            longest_first = sorted(_known.texts, key=len, reverse=True)
            _known.pattern = re.compile("|".join(map(re.escape, longest_first)))


def redacted(text: str) -> str:
    """A text without what is known to be secret, and without what is secret in URLs."""
    pattern = _known.pattern
    if pattern and any(map(text.__contains__, _known.texts)):  # which is quicker than the pattern where there is none
        text = pattern.sub(HIDDEN, text)
    return masked(text, spans(text))


def _forms(text: str) -> set[str]:
    """As it is, and as URLs, Python and JSON write it."""
    return {text, quote(text, safe=""), repr(text)[1:-1], text.replace("\\", "\\\\").replace('"', '\\"')}
