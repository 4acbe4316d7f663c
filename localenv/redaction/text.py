"""Secrets in texts: detected by name, or known to this process, and masked in everything it shows or writes."""

import re
from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from urllib.parse import quote

from localenv.redaction.tokens import JWT, PRIVATE_KEY, TOKEN

HIDDEN = "***"
_LONGEST = 200  # characters of a name to look at
SHORTEST = 6  # characters: a shorter text occurs in too many others
_NAME = re.compile(
    r"(?<!COM)(?<!BY)PASS($|[^A-Z])|PASSW|PASSPHRASE|PWD|SECRET|TOKEN|KEY|CREDENTIAL|AUTH|PRIVATE|SIGNATURE"
    r"|(?<![A-Z])(SALT|PW|OTP|CVC|CVV|SIG|PAT)(?![A-Z])",
    re.IGNORECASE,
)
# words that contain one of these with another meaning, and suffixes of settings
_SETTING = (
    "TTL|EXPIR[A-Z]*|LIFETIMES?|(MAX_?)?AGE|(MILLI)?SEC(ON)?DS?|MINUTES?|HOURS?|DAYS?|MS|TIMEOUTS?|LENGTHS?|SIZES?|LIMITS?|"
    "COUNTS?|ROUNDS|ENABLED?|DISABLED?|REQUIRED|ALLOWED|ALGORITHMS?|ALG|TYPES?|FORMATS?|ISSUERS?|AUDIENCES?|"
    "NAMES?|PREFIX(ES)?|HOSTS?|PORTS?|METHODS?|MODES?|PROVIDERS?|CLASS(ES)?|BACKENDS?|SCOPES?|REALMS?|VERSIONS?|"
    "(CLIENT|TENANT)[_.-]?IDS?|STRATEG(Y|IES)|REGIONS?|POLIC(Y|IES)|ITERATIONS|COST|STRENGTH|INTERVALS?|ATTEMPTS|RETRIES|"
    "ARNS?|ALIAS(ES)?|FINGERPRINTS?|THUMBPRINTS?|"
    "LEEWAY|DRIVERS?|STORES?|PATHS?|FILES?|DIRS?|FOLDERS?|URLS?|URIS?|ENDPOINTS?|DOMAINS?"
)
_NO_SECRET = re.compile(
    r"(?<![A-Z])PRIVATE[_.-](IPS?|NETWORKS?|SUBNETS?|ADDRESS(ES)?|RANGES?|HOSTS?|CIDRS?|LINKS?)(?![A-Z])"
    r"|(?<![A-Z])(AUTHORS?|AUTHORITY|KEYBOARDS?|KEYSPACES?|KEYWORDS?|KEYCLOAK|MONKEYS?|TOKENIZERS?|SECRETARY)(?![A-Z])"
    r"|(PUBLIC|PUBLISHABLE|SORT|PRIMARY|FOREIGN|PARTITION|SHARD|ROUTING|CACHE|TARGETING|FLAG)[_.-]?KEYS?(?![A-Z])"
    r"|(?<![A-Z])(MAX|MIN|TOTAL)[_.-]?TOKENS?(?![A-Z])"
    r"|.*(?<!ACCESS)(?<!ACCESS[_.-])(KEY|TOKEN)[_.-]?ID(S|ENTIFIERS?)?$"  # that of an access key is half of a login
    r"|.*(SECRET|KEY|SIGNATURE|[CX]SRF[_.-]?TOKEN)[_.-]HEADERS?$"  # the name of one; AUTH_HEADER may be its value
    rf"|.*[_.-]({_SETTING})$",
    re.IGNORECASE,
)
_IN_URL = re.compile(r"://[^:/@\s]*:(?!\$\{)(?P<secret>[^@/\s]+)@")
_USER_ALONE = re.compile(r"https?://(?!\$\{)(?P<secret>[^:/@\s]{12,})@")  # a token; a user name would be shorter
_IN_QUERY = re.compile(r"[?&;](?P<name>[\w.-]+)=(?!\$\{)(?P<secret>[^&\s\"\\<>”]+)")  # a string of JSON stays one
# also in a word of a command; an unlimited name takes quadratic time
_ASSIGNED = re.compile(r"(?<![\w.-])(?P<name>[\w.-]{1,200})=(?!\$\{)(?=[^&\s])")
_VALUE = re.compile(r"[^&\s]+")  # of an assignment; it may hold others
_OPTION = re.compile(
    r"(?:^|\s)-{1,2}(?P<name>[\w.-]{1,200})\s+(?!\$\{)(?P<secret>[^\s/~.-]\S*)"
)  # in a line for a shell
_LOGIN = re.compile(
    r"""\bcurl\b[^|;&\n]{0,500}?\s(?:-u|--user)[ =]?["']?[^\s:"'/]{1,64}:(?!\$\{)(?P<secret>[^\s"'/]+)"""
)  # as an option
_PLAIN = re.compile(r"-?[0-9.,:]*|[a-z]+|/.*|~.*|[a-z]+://[^@\s]*", re.DOTALL)  # numbers, words, paths, URLs


class _Known:
    """The secrets known to this process; thread-safe."""

    def __init__(self) -> None:
        self.texts: set[str] = set()
        self.pattern: re.Pattern[str] | None = None
        self.lock = Lock()


_known = _Known()


def is_secret(name: str) -> bool:
    """Whether the name of a variable marks its value as secret, and not as a setting, such as `TOKEN_TTL`."""
    name = name if len(name) <= _LONGEST else name[: _LONGEST // 2] + name[-_LONGEST // 2 :]
    return _NAME.search(_NO_SECRET.sub(" ", name)) is not None


def spans(text: str, *, assigned: bool = False) -> list[tuple[int, int]]:
    """The spans of secrets in a text: passwords and tokens in URLs, and secret query parameters.

    With `assigned`, also values after the `=` of a secret's name, or after it as an option, and tokens of a known form.
    """
    found = [one for pattern in (_IN_URL, _USER_ALONE) for one in pattern.finditer(text)]
    named = (_OPTION if assigned else _IN_QUERY).finditer(text)
    forms = (TOKEN, JWT, PRIVATE_KEY) if assigned else ()
    shaped = [one.span() for form in forms for one in form.finditer(text)]
    shaped += [*_assigned(text), *(one.span("secret") for one in _LOGIN.finditer(text))] if assigned else []
    return [*(one.span("secret") for one in (*found, *(one for one in named if is_secret(one["name"])))), *shaped]


def _assigned(text: str) -> Iterator[tuple[int, int]]:
    """The spans of values that are assigned to the name of a secret, but for those within another."""
    end = 0
    for one in _ASSIGNED.finditer(text):
        if one.end() >= end and is_secret(one["name"]) and (value := _VALUE.match(text, one.end())):
            end = value.end()
            yield value.span()


def masked(text: str, found: Iterable[tuple[int, int]], mask: Callable[[str], str] = lambda secret: HIDDEN) -> str:
    """A text with these spans masked; of two that overlap, the first counts."""
    pieces, end = [], 0
    for start, stop in sorted(found, key=lambda span: (span[0], -span[1])):
        if start >= end:
            pieces += [text[end:start], mask(text[start:stop])]
            end = stop
    return "".join([*pieces, text[end:]])


def in_urls(text: str) -> list[str]:
    """The secrets in the URLs of a text."""
    return [text[start:end] for start, end in spans(text)]


def is_plain(text: str) -> bool:
    """Whether a value looks like a setting, so that it is masked only if its name marks it as secret."""
    return len(text) <= SHORTEST + 1 or _PLAIN.fullmatch(text) is not None


def learn(texts: Iterable[str], *, shown: Iterable[str] = ()) -> None:
    """Mask these from now on, also line by line; except those that are too short, or occur in `shown`."""
    visible = " ".join(shown)
    found = {form for text in texts for line in (text, *text.splitlines()) for form in _forms(line.strip())}
    fresh = {text for text in found if len(text) >= SHORTEST and text not in visible}
    with _known.lock:
        if not fresh <= _known.texts:
            _known.texts = _known.texts | fresh  # another thread may be iterating over the old one
            longest_first = sorted(_known.texts, key=len, reverse=True)
            _known.pattern = re.compile("|".join(map(re.escape, longest_first)))


def redacted(text: str) -> str:
    """A text without known secrets, and without secrets in URLs."""
    pattern = _known.pattern
    if pattern and any(map(text.__contains__, _known.texts)):  # faster than the pattern if there is none
        text = pattern.sub(HIDDEN, text)
    return masked(text, spans(text))


def _forms(text: str) -> set[str]:
    """The text as it is, and as encoded in URLs, Python and JSON."""
    return {text, quote(text, safe=""), repr(text)[1:-1], text.replace("\\", "\\\\").replace('"', '\\"')}
