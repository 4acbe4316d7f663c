"""Read what was sent to a mail server, by the API of Mailpit."""

import http.client
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from localenv.errors import LocalenvError, UsageError
from localenv.host import limits
from localenv.host.announcing import announced
from localenv.needs.smtp import MAILBOX
from localenv.stack import Reader
from localenv.stack.workers import is_copy

if TYPE_CHECKING:
    from localenv.environment.handle import Environment

KIND = "smtp"
_MOST = 1000  # mails to read
_PATIENCE = 10.0  # seconds
_LARGEST = 64 << 20  # bytes of a response


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail; addresses without names."""

    id: str
    sender: str
    to: tuple[str, ...]  # everybody it went to, copies too
    subject: str
    created: str  # ISO 8601
    text: str = field(default="", repr=False)
    html: str = field(default="", repr=False)
    attachments: tuple[str, ...] = ()  # their file names

    def document(self) -> dict[str, Any]:
        """As `mail --json` prints it."""
        return asdict(self)


def mails(environment: "Environment", need: str | None = None) -> list[Mail]:
    """As `Environment.mails`."""
    url = _url(environment, need)
    with announced("waiting for the mail server, which does not answer; Ctrl-C ends this"):
        listed = _read(f"{url}/api/v1/messages?limit={_MOST}")["messages"]
        return [_mail(_read(f"{url}/api/v1/message/{quote(str(one['ID']), safe='')}")) for one in listed]


def _url(environment: "Environment", need: str | None) -> str:
    known = [name for name, one in environment.stack.needs.items() if one.kind == KIND]
    if need is not None and need not in known:
        raise UsageError(f"'{need}' is not a mail server", hint=f"available: {', '.join(known) or 'none'}")
    if len(known) != 1 and need is None:
        what = f"several mail servers: {', '.join(known)}" if known else "no mail server"
        hint = "a worker's own: localenv_test.need(NAME).mails()" if any(map(is_copy, known)) else "name one"
        raise UsageError(what, hint=hint if known else "needs: {mail: smtp}")
    return environment.deployment.resolution.connection(f"{need or known[0]}.{MAILBOX}", Reader.MACHINE).url


def _read(url: str) -> Any:
    server = urlsplit(url)
    path = f"{server.path}?{server.query}" if server.query else server.path
    try:
        found = limits.fetched(str(server.hostname), server.port or 80, path, seconds=_PATIENCE, most=_LARGEST)
        return json.loads(found)
    except (OSError, ValueError, RecursionError, http.client.HTTPException) as error:
        raise LocalenvError(f"the mail server does not answer: {error}") from error


def _mail(found: Mapping[str, Any]) -> Mail:
    people = [*_addresses(found.get("To")), *_addresses(found.get("Cc")), *_addresses(found.get("Bcc"))]
    return Mail(
        id=found["ID"],
        sender=found.get("From", {}).get("Address", ""),
        to=tuple(dict.fromkeys(people)),
        subject=found.get("Subject", ""),
        created=found.get("Created") or found.get("Date", ""),
        text=found.get("Text", ""),
        html=found.get("HTML", ""),
        attachments=tuple(one.get("FileName", "") for one in found.get("Attachments") or ()),
    )


def _addresses(people: Sequence[Mapping[str, Any]] | None) -> list[str]:
    return [one.get("Address", "") for one in people or ()]
