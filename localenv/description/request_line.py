"""The short form of a request: `GET ${api.url}/health`."""

import re
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from localenv.description.values import mistake, template, text
from localenv.sources import Node, text_at
from localenv.stack import Template

_REQUEST = re.compile(r"([A-Z]+) +(\S.*)", re.DOTALL)
_URL = re.compile(r"https?://|\$\{")
_METHODS = {  # of IANA's registry, and those of caches and UPnP
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "ACL", "BIND", "CHECKIN",
    "CHECKOUT", "COPY", "LABEL", "LINK", "LOCK", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MOVE", "NOTIFY",
    "ORDERPATCH", "PROPFIND", "PROPPATCH", "PURGE", "REBIND", "REPORT", "SEARCH", "SUBSCRIBE", "UNBIND",
    "UNCHECKOUT", "UNLINK", "UNLOCK", "UNSUBSCRIBE", "UPDATE",
}  # fmt: skip


def request(node: Node) -> tuple[str, Template]:
    """`GET ${api.url}/health` as method and URL."""
    content = text(node)
    found = _REQUEST.fullmatch(content)
    if not found:
        raise mistake("must be a method and a URL", "as in GET ${api.url}/health")
    if found[1] not in _METHODS:
        raise mistake(f"has the unknown method {found[1]}", "as in GET ${api.url}/health")
    at = content.within(found.start(2))
    if not _URL.match(found[2]):
        raise mistake(f"has '{found[2]}', which is not a URL", "as in GET ${api.url}/health", at)
    return found[1], template(text_at(found[2], at, plain=True, one_line=content.one_line))


RequestLine = Annotated[
    tuple[str, Template], PlainValidator(request), WithJsonSchema({"type": "string", "pattern": "^[A-Z]+ +\\S"})
]
