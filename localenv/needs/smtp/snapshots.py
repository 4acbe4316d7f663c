"""Delete the mails that came after a snapshot, by Mailpit's API; mails that were deleted do not come back."""

import http.client
import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from localenv.needs import NotYet, Refused, Restored
from localenv.stack import Connection

_MAILBOX = "mailbox"  # the port of the API
_SECONDS = 10.0
_PAGE = 500  # mails of one answer
_FILE = "mails.json"


def snapshot(connection: Connection, folder: Path) -> None:
    """Note the mails that are there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    (folder / _FILE).write_text(json.dumps([*_mails(connection)]))


def restore(connection: Connection, folder: Path) -> Restored:
    """Delete newer mails."""
    kept = json.loads((folder / _FILE).read_text())
    now = _mails(connection)
    new = [one for one in now if one not in kept]
    if new:
        _ask(connection, "DELETE", "/api/v1/messages", {"IDs": new})
    return Restored(changed=tuple(now[one] for one in new))


def discard(connection: Connection, folder: Path) -> None:
    """Forget the mails that were there."""
    shutil.rmtree(folder, ignore_errors=True)


def _mails(connection: Connection) -> dict[str, str]:
    """The ids of all mails, each with its subject."""
    found: dict[str, str] = {}
    while True:
        page = _ask(connection, "GET", f"/api/v1/messages?{urlencode({'start': len(found), 'limit': _PAGE})}")
        found |= {one["ID"]: one["Subject"] or "a mail without a subject" for one in page["messages"]}
        if not page["messages"] or len(found) >= page["total"]:
            return found


def _ask(connection: Connection, method: str, path: str, body: object = None) -> Any:
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
    return json.loads(content) if method == "GET" else None
