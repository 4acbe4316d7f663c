"""Restore buckets and objects while clients stay connected; what did not change is left alone."""

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from localenv.needs import Restored
from localenv.needs.s3.api import Storage, StoredObject, Version, opened
from localenv.stack import Connection

_INDEX = "index.json"

WantedBucket = Mapping[str, Any]  # a bucket: objects (key → digest, headers, file), versions (key and id), versioning


def snapshot(connection: Connection, folder: Path) -> None:
    """Copy every bucket to this machine: its objects, and which versions it has of them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    with opened(connection) as storage:
        index = {name: _bucket(storage, folder, name, number) for number, name in enumerate(storage.buckets())}
    (folder / _INDEX).write_text(json.dumps(index))


def restore(connection: Connection, folder: Path) -> Restored:
    """Delete what is new, and write what was changed or deleted."""
    index = json.loads((folder / _INDEX).read_text())
    changed: list[str] = []
    with opened(connection) as storage:
        there = storage.buckets()
        for bucket in there:
            if bucket not in index:
                _remove(storage, bucket)
                changed.append(bucket)
        for bucket, wanted in index.items():
            if bucket not in there:
                storage.make(bucket)
            changed += _restored(storage, folder, bucket, wanted) or ([] if bucket in there else [bucket])
    return Restored(changed=tuple(changed))


def discard(connection: Connection, folder: Path) -> None:
    """Remove the copy from this machine."""
    shutil.rmtree(folder, ignore_errors=True)


def _bucket(storage: Storage, folder: Path, bucket: str, number: int) -> WantedBucket:
    versions = storage.versions(bucket)
    objects: dict[str, Any] = {}
    for key, digest in _latest(versions).items():
        stored, name = storage.read(bucket, key), f"{number}-{len(objects)}"
        (folder / name).write_bytes(stored.content)
        objects[key] = {"digest": digest, "headers": stored.headers, "file": name}
    known = [(one.key, one.id) for one in versions]
    return {"objects": objects, "versions": known, "versioning": storage.versioning(bucket)}


def _remove(storage: Storage, bucket: str) -> None:
    for one in storage.versions(bucket):
        storage.delete(bucket, one.key, one.id)
    storage.delete(bucket)


def _restored(storage: Storage, folder: Path, bucket: str, wanted: WantedBucket) -> list[str]:
    """What has changed in a bucket that is there: versions that are new go first, so that older ones come back."""
    versions, objects = storage.versions(bucket), wanted["objects"]
    known, as_wanted = {(key, number) for key, number in wanted["versions"]}, _same(versions, objects)
    new = [one for one in versions if (one.key, one.id) not in known and one not in as_wanted]
    for one in new:
        storage.delete(bucket, one.key, one.id)
    if (status := wanted["versioning"]) != storage.versioning(bucket):
        storage.keep_versions(bucket, status or "Suspended")
    now = _latest(storage.versions(bucket) if new else versions)
    lost = [key for key, about in objects.items() if now.get(key) != about["digest"]]
    for key in lost:
        content = (folder / objects[key]["file"]).read_bytes()
        storage.write(bucket, key, StoredObject(content=content, headers=objects[key]["headers"]))
    for key in (more := [key for key in now if key not in objects]):
        storage.delete(bucket, key)
    changed = dict.fromkeys((*(one.key for one in new), *lost, *more))
    return [f"{bucket}/{key}" for key in changed]


def _same(versions: Iterable[Version], objects: WantedBucket) -> list[Version]:
    """The latest versions that are as wanted, such as those that an earlier restore wrote."""
    return [
        one for one in versions if one.is_latest and one.digest and objects.get(one.key, {}).get("digest") == one.digest
    ]


def _latest(versions: Iterable[Version]) -> dict[str, str]:
    """The objects that are there by their keys, each with the digest of its content."""
    return {one.key: one.digest for one in versions if one.is_latest and one.digest}
