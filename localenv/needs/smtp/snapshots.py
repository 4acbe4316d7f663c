"""Restore a mailbox by Mailpit's API: newer mails are deleted, and mails that were deleted arrive again."""

import http.client
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from localenv.host import files
from localenv.needs import NotYet, Refused, Restored
from localenv.stack import Connection

_MAILBOX = "mailbox"  # the port of the API
_SECONDS = 10.0
_PAGE = 500  # mails of one answer
_FILE = "mails.json"  # id, subject, sender, to, and the file of the content of each mail, the newest first


def snapshot(connection: Connection, folder: Path) -> None:
    """Copy the mails that are there to this machine."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    known = []
    for number, (name, subject) in enumerate(_mails(connection).items()):
        found = json.loads(_ask(connection, "GET", f"/api/v1/message/{quote(name, safe='')}"))
        (folder / str(number)).write_bytes(_ask(connection, "GET", f"/api/v1/message/{quote(name, safe='')}/raw"))
        known.append({"id": name, "subject": subject, "file": str(number), **_envelope(found)})
    files.write(folder / _FILE, json.dumps(known))


def restore(connection: Connection, folder: Path) -> Restored:
    """Delete newer mails, and send those again that were deleted, the oldest first."""
    known = json.loads((folder / _FILE).read_text())
    now, ids = _mails(connection), {one["id"] for one in known}
    if new := [one for one in now if one not in ids]:
        _ask(connection, "DELETE", "/api/v1/messages", {"IDs": new})
    lost = [one for one in reversed(known) if one["id"] not in now]
    there = {one for one in now if one in ids}
    for one in lost:
        _send(connection, one, (folder / one["file"]).read_bytes())
        one["id"] = next((name for name in _mails(connection) if name not in there), one["id"])
        there.add(one["id"])
    if lost:
        files.write(folder / _FILE, json.dumps(known))
    return Restored(changed=(*(now[one] for one in new), *(one["subject"] for one in lost)))


def discard(connection: Connection, folder: Path) -> None:
    """Forget the mails that were there."""
    shutil.rmtree(folder, ignore_errors=True)


def _mails(connection: Connection) -> dict[str, str]:
    """The ids of all mails, the newest first, each with its subject."""
    found: dict[str, str] = {}
    while True:
        asked = urlencode({"start": len(found), "limit": _PAGE})
        page = json.loads(_ask(connection, "GET", f"/api/v1/messages?{asked}"))
        found |= {one["ID"]: one["Subject"] or "a mail without a subject" for one in page["messages"]}
        if not page["messages"] or len(found) >= page["total"]:
            return found


def _envelope(mail: Mapping[str, Any]) -> dict[str, Any]:
    people = [one["Address"] for key in ("To", "Cc", "Bcc") for one in mail.get(key) or ()]
    sender = mail.get("ReturnPath") or (mail.get("From") or {}).get("Address", "")
    return {"sender": sender, "to": [*dict.fromkeys(people)] or [sender or "nobody@localhost"]}


def _send(connection: Connection, mail: Mapping[str, Any], content: bytes) -> None:
    import smtplib

    options = () if "".join((mail["sender"], *mail["to"])).isascii() else ("SMTPUTF8",)
    try:
        with smtplib.SMTP(connection.host, int(connection.port), timeout=_SECONDS) as client:
            client.sendmail(mail["sender"], mail["to"], content, options)
    except smtplib.SMTPException as error:
        raise Refused(f"the mail {mail['subject']!r} was not taken again: {error}") from error
    except OSError as error:
        raise NotYet(str(error).lower()) from error


def _ask(connection: Connection, method: str, path: str, body: object = None) -> bytes:
    host, _, port = connection.further[_MAILBOX].rpartition(":")
    connected = http.client.HTTPConnection(host, int(port), timeout=_SECONDS)
    try:
        sent = None if body is None else json.dumps(body)
        connected.request(method, path, sent, {"Content-Type": "application/json"} if sent else {})
        answer = connected.getresponse()
        content = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise NotYet(str(error).lower()) from error
    finally:
        connected.close()
    if answer.status >= 300:
        raise Refused(f"the mailbox answers {answer.status}")
    return content
