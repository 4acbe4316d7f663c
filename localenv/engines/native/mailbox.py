"""A mail server that keeps what is sent to it, and the part of Mailpit's API that reads it; a program of its own."""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.parser import BytesParser
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from aiosmtpd.smtp import SMTP, AuthResult

from localenv.engines.native import exchanges
from localenv.engines.native.exchanges import HttpReply

_LARGEST = 50 << 20  # bytes of a message
_SNIPPET = 200  # characters


class Mailbox:
    """Messages as files in a folder, the newest first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a message with its envelope."""
        name = f"{datetime.now(UTC).timestamp():.6f}-{uuid4().hex[:12]}"
        about = {"from": envelope.mail_from, "to": envelope.rcpt_tos}
        (self.folder / f"{name}.json").write_text(json.dumps(about))
        (self.folder / f"{name}.eml").write_bytes(envelope.content)
        return f"250 2.0.0 Ok: queued as {name}"

    def ids(self) -> list[str]:
        """The ids of all messages, the newest first."""
        return sorted((file.stem for file in self.folder.glob("*.eml")), key=_moment, reverse=True)

    def raw(self, name: str) -> bytes | None:
        """A message as it was sent; None if there is none."""
        file = self.folder / f"{name}.eml"
        return file.read_bytes() if file.parent == self.folder and file.is_file() else None

    def summary(self, name: str) -> dict[str, Any]:
        """A message as in Mailpit's lists."""
        raw = self.raw(name) or b""
        message, envelope = _parsed(raw), json.loads((self.folder / f"{name}.json").read_text())
        to, copied = _people(message, "to"), _people(message, "cc")
        known = {one["Address"] for one in (*to, *copied)}
        text = _content(message, "plain")
        return {
            "ID": name,
            "MessageID": str(message.get("message-id", "")).strip("<>"),
            "From": next(iter(_people(message, "from")), {"Name": "", "Address": envelope["from"] or ""}),
            "To": to,
            "Cc": copied,
            "Bcc": [{"Name": "", "Address": one} for one in envelope["to"] if one not in known],
            "ReplyTo": _people(message, "reply-to"),
            "Subject": str(message.get("subject", "")),
            "Created": datetime.fromtimestamp(_moment(name), UTC).isoformat(),
            "Size": len(raw),
            "Read": False,
            "Tags": [],
            "Attachments": sum(1 for _ in message.iter_attachments()),
            "Snippet": " ".join(text.split())[:_SNIPPET],
        }

    def whole(self, name: str) -> dict[str, Any]:
        """A message with its content."""
        message = _parsed(self.raw(name) or b"")
        attachments = [_attachment(name, part) for name, part in _attachments(message).items()]
        content = {"Text": _content(message, "plain"), "HTML": _content(message, "html"), "Attachments": attachments}
        return {**self.summary(name), "Date": str(message.get("date", "")), "Inline": [], **content}

    def part(self, name: str, number: str) -> tuple[str, bytes] | None:
        """The content type and the content of an attachment; None if there is none."""
        part = _attachments(_parsed(self.raw(name) or b"")).get(number)
        return (part.get_content_type(), _decoded(part)) if part is not None else None

    def delete(self, names: list[str]) -> None:
        """Delete messages."""
        for name in names:
            if self.raw(name) is not None:
                (self.folder / f"{name}.eml").unlink()
                (self.folder / f"{name}.json").unlink(missing_ok=True)


class Api:
    """Mailpit's API of version 1, as far as tests read a mailbox with it."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    def reply(self, method: str, target: str, body: bytes) -> HttpReply:
        """The answer to a request."""
        split = urlsplit(target)
        parts = split.path.strip("/").split("/")
        query = {name: values[-1] for name, values in parse_qs(split.query).items()}
        match method, parts:
            case "GET", ["api", "v1", "messages" | "search"]:
                return _json(self._listed(query))
            case "DELETE", ["api", "v1", "messages"]:
                self.mailbox.delete(_wanted(body) or self.mailbox.ids())
                return 200, "text/plain", b"ok"
            case "GET", ["api", "v1", "message", name, *rest]:
                return self._one(name, rest)
            case "GET", ["livez" | "readyz"]:
                return 200, "text/plain", b"ok"
            case "GET", [""]:
                return 200, "text/html; charset=utf-8", self._page().encode()
        return 404, "text/plain", b"not found"

    def _one(self, name: str, rest: list[str]) -> HttpReply:
        ids = self.mailbox.ids()
        name = ids[0] if name == "latest" and ids else name
        if name not in ids:
            return 404, "text/plain", b"message not found"
        match rest:
            case []:
                return _json(self.mailbox.whole(name))
            case ["raw"]:
                return 200, "text/plain; charset=utf-8", self.mailbox.raw(name) or b""
            case ["part", number] if found := self.mailbox.part(name, number):
                return 200, *found
            case ["headers"]:
                message = _parsed(self.mailbox.raw(name) or b"")
                return _json({key: [str(one) for one in message.get_all(key, [])] for key in message})
        return 404, "text/plain", b"not found"

    def _listed(self, query: Mapping[str, str]) -> dict[str, Any]:
        every = [self.mailbox.summary(name) for name in self.mailbox.ids()]
        found = [one for one in every if _fits(one, query.get("query", ""))]
        start, limit = int(query.get("start", 0)), int(query.get("limit", 50))
        page = found[start : start + limit]
        counts = {"total": len(every), "unread": len(every), "count": len(page), "messages_count": len(found)}
        return {**counts, "start": start, "tags": [], "messages": page}

    def _page(self) -> str:
        rows = "".join(
            f"<li><a href='api/v1/message/{one['ID']}/raw'>{escape(one['Subject'] or '(no subject)')}</a> to "
            f"{escape(', '.join(each['Address'] for each in one['To']))}</li>"
            for one in map(self.mailbox.summary, self.mailbox.ids())
        )
        return f"<!doctype html><title>Mail</title><h1>Mail</h1><ul>{rows}</ul>"


async def _serve(host: str, smtp: int, web: int, folder: Path) -> None:
    mailbox = Mailbox(folder)
    api = Api(mailbox)

    def session() -> asyncio.Protocol:
        options: dict[str, Any] = {"authenticator": _anybody, "auth_require_tls": False, "data_size_limit": _LARGEST}
        protocol: asyncio.Protocol = SMTP(mailbox, hostname="localenv", enable_SMTPUTF8=True, **options)
        return protocol

    loop = asyncio.get_running_loop()
    mails = await loop.create_server(session, host, smtp)
    pages = await asyncio.start_server(lambda reader, writer: exchanges.answer(api.reply, reader, writer), host, web)
    async with mails, pages:
        await asyncio.gather(mails.serve_forever(), pages.serve_forever())


def _anybody(*_: Any) -> Any:
    return AuthResult(success=True)


class _AnyHeaders(HeaderRegistry):
    """Headers of any mail: what Python's parser fails at is plain text, or an empty header of its kind."""

    def __call__(self, name: str, value: str) -> Any:
        others = (HeaderRegistry(use_default_map=False), value), (super(), "")
        is_structured = name.lower().startswith(("content-", "mime-"))
        for registry, text in ((super(), value), *(others[::-1] if is_structured else others)):
            with suppress(Exception):  # IndexError, AttributeError and others, by version
                return registry.__call__(name, text)
        return HeaderRegistry(use_default_map=False)(name, "")


def _wanted(body: bytes) -> list[str]:
    """The ids in a request, none for all; raises ValueError."""
    try:
        match json.loads(body or b"{}"):
            case {"IDs": list(named)}:
                return [str(one) for one in named]
            case dict(document) if document.get("IDs") is None:
                return []
    except RecursionError:
        pass
    raise ValueError('expected {"IDs": [ID, ...]}')


def _parsed(raw: bytes) -> EmailMessage:
    parse: Callable[[bytes], Any] = BytesParser(policy=policy.default.clone(header_factory=_AnyHeaders())).parsebytes
    message: EmailMessage = parse(raw)
    return message


def _people(message: EmailMessage, header: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for one in message.get_all(header, []):
        addresses: tuple[Address, ...] = getattr(one, "addresses", ())
        found += [{"Name": _text(each.display_name), "Address": _text(each.addr_spec)} for each in addresses]
    return found


def _text(header: str) -> str:
    """A value of a header, which may hold bytes of UTF-8 as they were sent."""
    return header.encode(errors="surrogateescape").decode(errors="replace")


def _attachments(message: EmailMessage) -> dict[str, EmailMessage]:
    """The attachments by their numbers, which follow that of the text."""
    return {str(number): part for number, part in enumerate(message.iter_attachments(), 2)}


def _attachment(number: str, part: EmailMessage) -> dict[str, Any]:
    name, about = _text(part.get_filename() or ""), str(part.get("content-id", "")).strip("<>")
    kind, size = part.get_content_type(), len(_decoded(part))
    return {"FileName": name, "ContentType": kind, "ContentID": about, "PartID": number, "Size": size}


def _decoded(part: EmailMessage) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else part.as_bytes()


def _content(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    try:
        return str(part.get_content()) if part is not None else ""
    except (LookupError, ValueError):  # an unknown charset
        return ""


def _fits(summary: Mapping[str, Any], query: str) -> bool:
    """Each word of a query: `to:`, `from:` and `subject:`, or a text anywhere."""
    people = {"to": [*summary["To"], *summary["Cc"], *summary["Bcc"]], "from": [summary["From"]]}
    texts = {key: " ".join(f"{one['Name']} {one['Address']}" for one in listed) for key, listed in people.items()}
    texts["subject"] = summary["Subject"]
    whole = " ".join((*texts.values(), summary["Snippet"]))
    for word in query.split():
        key, colon, wanted = word.partition(":")
        text = texts.get(key.lower(), whole) if colon else whole
        if (wanted if colon and key.lower() in texts else word).strip('"').lower() not in text.lower():
            return False
    return True


def _moment(name: str) -> float:
    return float(name.partition("-")[0])


def _json(value: Any) -> HttpReply:
    return 200, "application/json", json.dumps(value).encode()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
