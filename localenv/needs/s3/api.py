"""Buckets and objects by the API of S3, for a server that believes every signature."""

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from urllib.parse import parse_qsl, quote, urlencode

from localenv.needs import NotYet, Refused
from localenv.stack import Connection

TAGS = "x-amz-tagging"  # the header with the tags of an object

_SECONDS = 10.0
_ANYBODY = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
_LOCK = "x-amz-object-lock-"
_HOLD, _MODE, _UNTIL = f"{_LOCK}legal-hold", f"{_LOCK}mode", f"{_LOCK}retain-until-date"
_UNLOCKED = {_HOLD: "OFF", _MODE: "GOVERNANCE", _UNTIL: "2000-01-01T00:00:00Z"}
_KEPT = ("content-type", "cache-control", "content-disposition", "content-encoding", "content-language", "expires")
_KEPT_STARTS = ("x-amz-meta-", _LOCK)


@dataclass(frozen=True, kw_only=True)
class StoredObject:
    """The content of an object with the headers that belong to it."""

    content: bytes = field(repr=False)
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version of an object, or of its deletion; a bucket without versions has one for each object."""

    key: str
    id: str
    digest: str  # of its content; empty for a deletion
    modified: str
    is_latest: bool


class Storage:
    """A connection to a server; raises Refused for what it does not do."""

    def __init__(self, connected: http.client.HTTPConnection) -> None:
        self._connected = connected

    def buckets(self) -> list[str]:
        """The names of all buckets."""
        return [*_texts(self._ask("GET", "/")[1], "Bucket", "Name")]

    def versions(self, bucket: str) -> list[Version]:
        """All versions of the objects of a bucket."""
        found: list[Version] = []
        more: dict[str, str] = {}
        while True:
            _, page = self._ask("GET", f"/{quote(bucket)}?{urlencode({'versions': '', **more})}")
            for kind in ("Version", "DeleteMarker"):
                texts = [[*_texts(page, kind, name)] for name in ("Key", "VersionId", "LastModified", "IsLatest")]
                digests = [*_texts(page, kind, "ETag")] or [""] * len(texts[0])
                found += [
                    Version(key=key, id=number, digest=digest, modified=modified, is_latest=latest == "true")
                    for key, number, modified, latest, digest in zip(*texts, digests, strict=True)
                ]
            key, number = (next(_texts(page, "", f"Next{name}Marker"), "") for name in ("Key", "VersionId"))
            if next(_texts(page, "", "IsTruncated"), "") != "true" or not key:
                return found
            more = {"key-marker": key, "version-id-marker": number}

    def uploads(self, bucket: str) -> list[tuple[str, str]]:
        """Key and id of each upload in parts that has not ended."""
        _, found = self._ask("GET", f"/{quote(bucket)}?uploads")
        return [*zip(_texts(found, "Upload", "Key"), _texts(found, "Upload", "UploadId"), strict=True)]

    def parts(self, bucket: str, key: str, upload: str) -> list[tuple[str, str]]:
        """Number and digest of each part that an upload has."""
        _, found = self._ask("GET", f"{_path(bucket, key)}?{urlencode({'uploadId': upload})}")
        return [*zip(_texts(found, "Part", "PartNumber"), _texts(found, "Part", "ETag"), strict=True)]

    def abort(self, bucket: str, key: str, upload: str) -> None:
        """End an upload without an object."""
        self._ask("DELETE", f"{_path(bucket, key)}?{urlencode({'uploadId': upload})}")

    def versioning(self, bucket: str) -> str:
        """Whether a bucket keeps versions: Enabled, Suspended, or empty."""
        return next(_texts(self._ask("GET", f"/{quote(bucket)}?versioning")[1], "", "Status"), "")

    def keep_versions(self, bucket: str, status: str) -> None:
        """Keep versions, or suspend that."""
        document = f"<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>"
        self._ask("PUT", f"/{quote(bucket)}?versioning", document.encode())

    def setting(self, bucket: str, name: str, key: str = "") -> str:
        """A setting of a bucket or an object as a document, such as its policy; empty if it has none."""
        _, found = self._ask("GET", f"{_path(bucket, key)}?{name}", may_be_missing=True)
        return found.decode()

    def set(self, bucket: str, name: str, document: str, key: str = "") -> None:
        """Replace a setting; an empty document removes it."""
        self._ask("PUT" if document else "DELETE", f"{_path(bucket, key)}?{name}", document.encode())

    def read(self, bucket: str, key: str) -> StoredObject:
        """An object."""
        headers, content = self._ask("GET", _path(bucket, key))
        kept = {name: value for name, value in headers.items() if name in _KEPT or name.startswith(_KEPT_STARTS)}
        if tags := self.tags(bucket, key) if headers.get("x-amz-tagging-count", "0") != "0" else "":
            kept[TAGS] = tags
        return StoredObject(content=content, headers=kept)

    def tags(self, bucket: str, key: str) -> str:
        """The tags of an object, as its header has them."""
        _, found = self._ask("GET", f"{_path(bucket, key)}?tagging")
        return urlencode([*zip(_texts(found, "Tag", "Key"), _texts(found, "Tag", "Value"), strict=True)])

    def tag(self, bucket: str, key: str, tags: str) -> None:
        """Replace the tags of an object."""
        if not tags:
            self._ask("DELETE", f"{_path(bucket, key)}?tagging")
            return
        each = "".join(
            f"<Tag><Key>{escape(name, quote=False)}</Key><Value>{escape(value, quote=False)}</Value></Tag>"
            for name, value in parse_qsl(tags, keep_blank_values=True)
        )
        self._ask("PUT", f"{_path(bucket, key)}?tagging", f"<Tagging><TagSet>{each}</TagSet></Tagging>".encode())

    def write(self, bucket: str, key: str, stored: StoredObject) -> None:
        """Make or replace an object."""
        self._ask("PUT", _path(bucket, key), stored.content, stored.headers)

    def delete(self, bucket: str, key: str = "", version: str = "") -> None:
        """Delete an object or a version of it (though it is locked), or an empty bucket."""
        which = f"?{urlencode({'versionId': version})}" if version else ""
        try:
            self._ask("DELETE", f"{_path(bucket, key)}{which}")
        except Refused as refused:
            if not version or refused.code != str(HTTPStatus.FORBIDDEN.value):
                raise
            self.lock(bucket, key, {}, version)
            self._ask("DELETE", f"{_path(bucket, key)}{which}")

    def locks(self, bucket: str, key: str) -> Mapping[str, str]:
        """What keeps an object from being deleted, as headers."""
        headers, _ = self._ask("HEAD", _path(bucket, key))
        found = {name: value for name, value in headers.items() if name.startswith(_LOCK)}
        if found.get(_UNTIL) == _UNLOCKED[_UNTIL]:
            found = {name: value for name, value in found.items() if name == _HOLD}
        return {name: value for name, value in found.items() if value != _UNLOCKED[_HOLD]}

    def lock(self, bucket: str, key: str, locks: Mapping[str, str], version: str = "") -> None:
        """Replace the locks of an object; retention that there was not ends in the past."""
        which = f"&{urlencode({'versionId': version})}" if version else ""
        wanted = {**_UNLOCKED, **locks}
        hold = f"<LegalHold><Status>{wanted[_HOLD]}</Status></LegalHold>"
        until = f"<Mode>{wanted[_MODE]}</Mode><RetainUntilDate>{wanted[_UNTIL]}</RetainUntilDate>"
        self._ask("PUT", f"{_path(bucket, key)}?legal-hold{which}", hold.encode())
        self._ask("PUT", f"{_path(bucket, key)}?retention{which}", f"<Retention>{until}</Retention>".encode())

    def make(self, bucket: str, *, can_lock: bool) -> None:
        """Make a bucket; only one that can lock its objects ever will."""
        self._ask("PUT", f"/{quote(bucket)}", headers={"x-amz-bucket-object-lock-enabled": "true"} if can_lock else {})

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        may_be_missing: bool = False,
    ) -> tuple[dict[str, str], bytes]:
        own = {"Content-Length": str(len(body)), "Authorization": _ANYBODY}
        self._connected.request(method, path, body, {**own, **(headers or {})})
        answer = self._connected.getresponse()
        content = answer.read()
        if may_be_missing and answer.status == HTTPStatus.NOT_FOUND:
            return {}, b""
        if answer.status >= 300:
            raise Refused(
                f"{method} {path.partition('?')[0]}: {answer.status} {answer.reason}", code=str(answer.status)
            )
        return {name.lower(): value for name, value in answer.getheaders()}, content


@contextmanager
def opened(connection: Connection) -> Iterator[Storage]:
    """A connection; raises NotYet if the server does not answer, or not in XML."""
    connected = http.client.HTTPConnection(connection.host, int(connection.port), timeout=_SECONDS)
    try:
        yield Storage(connected)
    except (OSError, http.client.HTTPException, SyntaxError) as error:
        raise NotYet(str(error).lower()) from error
    finally:
        connected.close()


def _path(bucket: str, key: str) -> str:
    return f"/{quote(bucket)}/{quote(key)}" if key else f"/{quote(bucket)}"


def _texts(page: bytes, parent: str, name: str) -> Iterator[str]:
    """The texts of elements, below each parent of a name or below the root, whatever the namespace."""
    from xml.etree import ElementTree

    root = ElementTree.fromstring(page)  # noqa: S314 - of a server that localenv started
    for one in root.iterfind(f".//{{*}}{parent}") if parent else [root]:
        yield from (found.text or "" for found in one.iterfind(f"{{*}}{name}"))
