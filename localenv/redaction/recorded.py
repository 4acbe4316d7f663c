"""Find secrets and personal data in recorded traffic: by their form, and by the name that stands before them.

Fewer names mark a secret here than in output (`is_secret`): a value that is replaced without need makes another stub.
"""

import base64
import binascii
import re
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, wraps
from math import log2
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from localenv.redaction.tokens import JWT, PRIVATE_KEY, TOKEN


class Found(NamedTuple):
    """A secret in a text."""

    start: int
    end: int
    kind: str


PLACEHOLDER = re.compile(
    r"(?:email|card|iban|phone|jwt|token|secret|login)-[0-9a-f]{12}(?:@example\.com)?|(?<!\d)1[0-9]{3}0000[0-9]{4}(?!\d)"
)

_GAP = r"[ \u00a0\u2009\u202f-]?"  # between groups of digits
_FORMS: tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...] = (  # kind, what one has (in lower case), form
    ("secret", ("-----BEGIN",), PRIVATE_KEY),
    ("secret", ("Private-Lines:",), re.compile(r"(?<=Private-Lines: )\d+(?:\\?[\r\n]+[A-Za-z0-9+/=]+)+")),
    ("jwt", ("eyJ",), JWT),
    ("token", (), TOKEN),
    ("secret", ("https://",), re.compile(
        r"https://(?:hooks\.slack\.com/(?:services|workflows|triggers)|(?:\w+\.)?discord(?:app)?\.com/api/webhooks"
        r"|(?:[\w-]+\.)*(?:webhook\.)?office\.com/webhookb?2?|hooks\.zapier\.com/hooks/catch)/[^\s\"'<>]+"
    )),
    ("login", ("://",), re.compile(r"(?<=://)[^/\s:@\"'<>]*:[^/\s@\"'<>]+(?=@)")),
    ("token", ("bearer ",), re.compile(r"(?<=\bBearer )[A-Za-z0-9._~+/-]{6,}=*", re.IGNORECASE)),
    ("login", ("Basic ",), re.compile(r"(?<=\bBasic )[A-Za-z0-9+/]{6,}=*")),
    ("email", ("@", "%40"), re.compile(
        r"(?:(?<![\w.+%-])[\w.%+'-]{1,64}|\"[^\"\n@\\]{1,64}\")"
        r"(?:@|%40)(?:(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}(?![\w-])|\[[0-9A-Fa-f.:]{7,45}\])"
    )),
    ("iban", (), re.compile(
        rf"(?<![A-Za-z0-9])[A-Z]{{2}}\d{{2}}(?:{_GAP}[A-Z0-9]{{4}}){{2,7}}(?:{_GAP}[A-Z0-9]{{1,3}})?(?![A-Za-z0-9])",
        re.IGNORECASE,
    )),
    ("card", (), re.compile(
        rf"(?<![\d.])(?=\d[\d.\u00a0\u2009\u202f -]{{12}})"  # most numbers are shorter
        rf"(?:\d(?:{_GAP}\d){{12,18}}(?![\d])(?!\.\d)|\d{{4}}(?:\.\d{{4}}){{3}}(?![\d.]))"
    )),
    ("phone", ("+",), re.compile(r"\+(?<![\w+]\+)[1-9](?:[ \u00a0()./-]{0,2}\d){7,14}(?!\d)")),
    ("phone", ("(",), re.compile(r"\((?<![\w(]\()\d{3}\) ?\d{3}[-. ]\d{4}(?!\d)")),
    ("phone", ("tel:", "sms:", "wa.me/"), re.compile(r"(?:(?<=tel:)|(?<=sms:)|(?<=wa\.me/))\+?[\d() ./-]{6,20}\d")),
    ("phone", (), re.compile(
        r"(?<![\w.,:+/-])(?:00[1-9]\d{0,2}(?:[ /-]\(?\d{1,9}\)?){2,6}"  # from abroad
        r"|0[1-9]\d{1,3}[ /]\d{3,4}[ -]?\d{3,4}|0[1-9](?:[ .-]\d{2}){4}"  # with a trunk prefix
        r"|(?:1[-. ])?[2-9]\d{2}([-. ])[2-9]\d{2}\1\d{4})(?![\w/-]|[.,:]\d)"  # of North America
    )),
)  # fmt: skip

_ALWAYS = re.compile(
    r"pass(?!ed|enger|port_?country|ive)|passw|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|private[_-]?key"
    r"|credential|authorization|cookie|sess(?:ion)?[_-]?id|(?:^|[_-])sid$|csrf|xsrf|cvv|cvc|(?:^|[_-])(?:pin|otp|ssn|totp)(?:$|[_-])"
    r"|social[_-]?security|tax[_-]?id|jwt|bearer|client[_-]?secret|signing|iban|account[_-]?number|card[_-]?number"
    r"|security[_-]?(?:code|answer)|national[_-]?(?:id|insurance)|driv\w*[_-]?licen[cs]e|(?:routing|sort)[_-]?(?:number|code)"
    r"|mnemonic|seed[_-]?phrase|kennwort|mot[_-]?de[_-]?passe|contrase[nñ]a|senha|saml[_-]?(?:response|request|assertion)"
    r"|(?:backup|recovery|verification)[_-]?codes?|licen[cs]e[_-]?key|signature|(?:^|[_-])sig$|(?:^|[_-])pan$|(?:cardNumber|accountNumber)$",
    re.IGNORECASE,
)
_PERSONAL = re.compile(r"(?:^|[_-])(?:phone|mobile|tel|telephone|fax|msisdn)(?:$|[_-])|phone|e-?mail", re.IGNORECASE)
_SUSPICIOUS = re.compile(
    r"key|auth|code|sig|hash|salt|nonce|state|session|challenge|verifier|assertion|ticket|grant|cred|hmac|digest|seed"
    r"|license|licence|x5c|blob|webhook",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"(?:type|expires?(?:_?(?:in|at|on))?|ttl|count|length|url|uri|endpoint|scopes?|issuer|alg(?:orithm)?|name|status"
    r"|enabled|required|policy|strength|hint|used|valid|checks?|usage|limit|max|min|details)s?$",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"tokens", re.IGNORECASE)  # of a language model: a number of them is no secret
_COUNTRIES = re.compile(  # with an IBAN
    "AD|AE|AL|AT|AZ|BA|BE|BG|BH|BI|BR|BY|CH|CR|CY|CZ|DE|DJ|DK|DO|EE|EG|ES|FI|FK|FO|FR|GB|GE|GI|GL|GR|GT|HN|HR|HU|IE|IL"
    "|IQ|IS|IT|JO|KW|KZ|LB|LC|LI|LT|LU|LV|LY|MC|MD|ME|MK|MN|MR|MT|MU|NI|NL|NO|OM|PK|PL|PS|PT|QA|RO|RS|RU|SA|SC|SD|SE|SI"
    "|SK|SM|SO|ST|SV|TL|TN|TR|UA|VA|VG|XK|YE",
    re.IGNORECASE,
)
_UNQUOTED = re.compile("[A-Za-z0-9_.~-]*")  # the same in a URL and in JSON
_BASE64 = re.compile("[A-Za-z0-9+/_-]+={0,2}")  # also the alphabet for URLs
_PLAIN = frozenset({"", "null", "none", "true", "false", "bearer", "basic"})
_SHORTEST = 13  # characters of a secret
_SHORT = re.compile(r"[@+]|%40|\d[-. /]\d{3}")  # what is in a shorter one: an email, a phone
_MOST_NAMES, _MOST_TEXTS, _LONGEST = 4096, 16_384, 200  # to remember, and characters of a text
_LEAST, _LEAST_ENTROPY = 12, 3.0  # characters, and bits for each of them


def for_short(look: Callable[[str], Sequence[Found]]) -> Callable[[str], Sequence[Found]]:
    """The function, which remembers short texts: headers and members of thousands of requests are the same."""
    remembered = lru_cache(_MOST_TEXTS)(look)

    @wraps(look)
    def found(text: str) -> Sequence[Found]:
        return remembered(text) if len(text) <= _LONGEST else look(text)

    return found


@for_short
def in_text(text: str) -> Sequence[Found]:
    """The secrets that have a form of their own, in order; of two that overlap the first or longer one."""
    found: list[Found] = []
    is_long = len(text) >= _SHORTEST
    searched = f"{text}\0{text.lower()}" if is_long else text
    for kind, needed, form in _FORMS if is_long or _SHORT.search(text) else ():
        for one in form.finditer(text) if not needed or any(map(searched.__contains__, needed)) else ():
            if _holds(kind, one[0]) and not _overlaps(found, *one.span()):
                insort(found, Found(*one.span(), kind))
    return tuple(one for one in found if not _is_replaced(text[one.start : one.end]))


def _overlaps(found: list[Found], start: int, end: int) -> bool:
    """Whether a part of a text has a character in common with one that was found; these are in order."""
    after = bisect_left(found, (start, end, ""))
    return any(one.start < end and start < one.end for one in found[max(0, after - 1) : after + 1])


def by_name(name: str, value: str) -> str:
    """The kind of secret that a value is because of its name; empty if it is none."""
    if not is_suspicious(name) or value.lower() in _PLAIN or PLACEHOLDER.fullmatch(value):
        return ""
    if _says(_PERSONAL, name) and sum(map(str.isdigit, value)) >= 6:
        return "phone"
    if _says(_HARMLESS, name) or (_says(_COUNTED, name) and value.isdigit()):
        return ""
    if _says(_ALWAYS, name):
        return "secret"
    return "secret" if _says(_SUSPICIOUS, name) and is_random(value) else ""


@lru_cache(_MOST_NAMES)  # the members of thousands of objects have the same
def is_suspicious(name: str) -> bool:
    """Whether a value of this name can be a secret because of it."""
    return any(form.search(name) for form in (_ALWAYS, _SUSPICIOUS, _PERSONAL))


def names_secrets(name: str) -> bool:
    """Whether everything below a member of this name is a secret."""
    return is_suspicious(name) and _says(_ALWAYS, name) and not _says(_HARMLESS, name)


def _says(form: re.Pattern[str], name: str) -> bool:
    return form.search(name) is not None


def is_random(value: str) -> bool:
    """Whether a text looks random: long, without words, and of many different characters."""
    if len(value) < _LEAST or re.search(r"\s", value) or value.startswith(("http://", "https://", "/")):
        return False
    kinds = [re.search(kind, value) for kind in ("[a-z]", "[A-Z]", "[0-9]")]
    counts = Counter(value)
    entropy = -sum(count / len(value) * log2(count / len(value)) for count in counts.values())
    return entropy >= _LEAST_ENTROPY and sum(one is not None for one in kinds) >= 2


def quoted(value: str) -> Iterator[str]:
    """The forms in which a value may stand in a text: as it is, in a URL, in JSON."""
    yield value
    if not _UNQUOTED.fullmatch(value):
        yield quote(value, safe="")
        yield quote_plus(value)
        yield value.replace("\\", "\\\\").replace('"', '\\"').replace("/", "\\/")


def variants(value: str) -> Iterator[str]:
    """The forms in which a value may stand elsewhere: in a URL, in JSON, in base64."""
    yield from quoted(value)
    encoded = value.encode()
    for shift in range(3):  # wherever it begins within three bytes
        text = base64.b64encode(b"\0" * shift + encoded).decode()
        yield text[[0, 2, 3][shift] + (2 if shift else 0) : len(text) - 4].rstrip("=")


def decoded(text: str) -> str:
    """What base64 hides; empty if it is none of a text."""
    if not _BASE64.fullmatch(text):
        return ""
    try:
        return base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_") + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""


def _is_replaced(text: str) -> bool:
    """Whether it is a placeholder, or one before the host of a URL."""
    found = PLACEHOLDER.match(text)
    return found is not None and text[found.end() :][:1] in ("", "@")


def _holds(kind: str, text: str) -> bool:
    """Whether a text of such a form is what it looks like, by its check digits."""
    if kind == "card":
        return _luhn(re.sub(r"\D", "", text))
    if kind == "iban":
        return _mod_97(re.sub(r"[^A-Za-z0-9]", "", text))
    return True


def _luhn(digits: str) -> bool:
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [int(one) * (2 if index % 2 else 1) for index, one in enumerate(reversed(digits))]
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0


def _mod_97(text: str) -> bool:
    moved = text[4:] + text[:4]
    is_one = 15 <= len(text) <= 34 and _COUNTRIES.match(text) is not None
    return is_one and int("".join(str(int(one, 36)) for one in moved)) % 97 == 1
