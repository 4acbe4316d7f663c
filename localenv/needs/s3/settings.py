"""Settings of buckets and the access lists of objects: compared as documents, and written again."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from localenv.needs import Refused
from localenv.needs.s3.api import Storage

_ROOTS = {  # the root of the document that sets each; servers answer some with another
    "acl": "AccessControlPolicy",
    "accelerate": "AccelerateConfiguration",
    "cors": "CORSConfiguration",
    "encryption": "ServerSideEncryptionConfiguration",
    "inventory": "",
    "lifecycle": "LifecycleConfiguration",
    "logging": "BucketLoggingStatus",
    "notification": "NotificationConfiguration",
    "object-lock": "ObjectLockConfiguration",
    "ownershipControls": "OwnershipControls",
    "policy": "",  # JSON
    "publicAccessBlock": "PublicAccessBlockConfiguration",
    "replication": "ReplicationConfiguration",
    "tagging": "Tagging",
    "website": "WebsiteConfiguration",
}
_UNREMOVABLE = frozenset({"acl", "accelerate", "logging", "notification", "object-lock"})  # always there, or for good
_ONLY_READ = frozenset({"inventory"})  # a list that is written one by one, and that servers cannot make shorter
_ROOT = re.compile(r"(<\?xml.*?\?>\s*)?<(\w+)(.*?)(/>|>(.*)</\2>\s*)$", re.DOTALL)
_NOT_TAKEN = "the server does not take the earlier setting"


@dataclass(frozen=True, kw_only=True)
class RestoredSettings:
    """Settings that were restored, and those that could not be, with the reason; by `bucket?policy`."""

    changed: list[str] = field(default_factory=list)
    left_alone: dict[str, str] = field(default_factory=dict)


def read(storage: Storage, bucket: str, names: Iterable[str] = _ROOTS, key: str = "") -> dict[str, str]:
    """The documents of a bucket's settings, or of those of an object; empty ones are not set."""
    return {name: storage.setting(bucket, name, key) for name in names}


def restore(storage: Storage, bucket: str, wanted: Mapping[str, str], key: str = "") -> RestoredSettings:
    """Write again what differs."""
    found = RestoredSettings()
    for name, document in read(storage, bucket, wanted, key).items():
        if document == wanted[name]:
            continue
        shown = f"{bucket}/{key}?{name}" if key else f"{bucket}?{name}"
        if why := _written(storage, bucket, name, wanted[name], key):
            found.left_alone[shown] = why
        else:
            found.changed.append(shown)
    return found


def _written(storage: Storage, bucket: str, name: str, document: str, key: str) -> str:
    """Write a setting; returns why it is not as wanted then."""
    if name in _ONLY_READ:
        return "the server cannot replace it"
    try:
        if document or name not in _UNREMOVABLE:
            storage.set(bucket, name, _rooted(document, _ROOTS[name]), key)
    except Refused as refused:
        return str(refused)
    return "" if storage.setting(bucket, name, key) == document else _NOT_TAKEN


def _rooted(document: str, root: str) -> str:
    """The document with the root that it has when it is written."""
    found = _ROOT.match(document) if root else None
    return f"<{root}{found[3]}>{found[5] or ''}</{root}>" if found else document
