"""Restore buckets and objects while clients stay connected; what did not change is left alone."""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from localenv.host import files
from localenv.needs import Refused, Restored
from localenv.needs.s3 import settings
from localenv.needs.s3.api import TAGS, Storage, StoredObject, Version, opened
from localenv.stack import Connection

_INDEX = "index.json"
_UNVERSIONED = "null"  # the id of the only version of an object
_MOST_ASKED = 300  # objects of a bucket whose tags and access lists are asked for at a reset: each takes two requests
_ACCESS = "acl"
_OBJECT_LOCK = "object-lock"

# a bucket: objects (key → digest, modified, headers, file, access, locks), versions and older ones (key,
# id), versioning, uploads (key, id, parts), and the documents of its settings by name
WantedBucket = Mapping[str, Any]


def snapshot(connection: Connection, folder: Path) -> None:
    """Copy every bucket to this machine: its objects, and which versions it has of them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    with opened(connection) as storage:
        index = {name: _bucket(storage, folder, name, number) for number, name in enumerate(storage.buckets())}
    (folder / _INDEX).write_text(json.dumps(index))


def restore(connection: Connection, folder: Path) -> Restored:
    """Delete what is new, and write what was changed or deleted; an upload that has ended does not begin again."""
    index = json.loads((folder / _INDEX).read_text())
    changed: list[str] = []
    left_alone: dict[str, str] = {}
    with opened(connection) as storage:
        there = storage.buckets()
        for bucket in there:
            if bucket not in index:
                with _naming(bucket, left_alone):
                    _remove(storage, bucket)
                    changed.append(bucket)
        for bucket, wanted in index.items():
            with _naming(bucket, left_alone):
                if bucket not in there:
                    storage.make(bucket, can_lock=_can_lock(wanted))
                own = _restored(storage, folder, bucket, wanted)
                for one in _settings(storage, bucket, wanted):
                    own += one.changed
                    left_alone |= one.left_alone
                changed += own or ([] if bucket in there else [bucket])
                left_alone |= _gone(storage, bucket, wanted)
    if changed:  # what was written again has another time
        files.write(folder / _INDEX, json.dumps(index))
    return Restored(changed=tuple(changed), left_alone=left_alone)


def discard(connection: Connection, folder: Path) -> None:
    """Remove the copy from this machine."""
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _naming(bucket: str, left_alone: dict[str, str]) -> Iterator[None]:
    """What the server refuses in one bucket keeps no other from being restored."""
    try:
        yield
    except Refused as refused:
        left_alone[bucket] = str(refused)


def _bucket(storage: Storage, folder: Path, bucket: str, number: int) -> WantedBucket:
    versions = storage.versions(bucket)
    objects: dict[str, Any] = {}
    for key, one in _latest(versions).items():
        stored, name = storage.read(bucket, key), f"{number}-{len(objects)}"
        (folder / name).write_bytes(stored.content)
        about = {"digest": one.digest, "modified": one.modified, "headers": stored.headers, "file": name}
        objects[key] = about | {"access": storage.setting(bucket, _ACCESS, key) if len(objects) < _MOST_ASKED else None}
    known = [(one.key, one.id) for one in versions]
    older = [(one.key, one.id) for one in versions if one.digest and not one.is_latest]
    more = {"versioning": storage.versioning(bucket), "settings": settings.read(storage, bucket)}
    if _can_lock(more):
        for key in islice(objects, _MOST_ASKED):
            objects[key]["locks"] = storage.locks(bucket, key)
    uploads = [(key, number, storage.parts(bucket, key, number)) for key, number in storage.uploads(bucket)]
    return {"objects": objects, "versions": known, "older": older, "uploads": uploads, **more}


def _can_lock(bucket: WantedBucket) -> bool:
    return bool(bucket["settings"][_OBJECT_LOCK])


def _remove(storage: Storage, bucket: str) -> None:
    for one in storage.versions(bucket):
        storage.delete(bucket, one.key, one.id)
    storage.delete(bucket)


def _restored(storage: Storage, folder: Path, bucket: str, wanted: WantedBucket) -> list[str]:
    """What has changed in a bucket that is there: versions that are new go first, so that older ones come back."""
    if not wanted["versioning"] and storage.versioning(bucket):  # which no bucket ends for good
        _remove(storage, bucket)
        storage.make(bucket, can_lock=False)
    versions, objects = storage.versions(bucket), wanted["objects"]
    known, as_wanted = {(key, number) for key, number in wanted["versions"]}, _same(versions, objects)
    new = [one for one in versions if (one.key, one.id) not in known and one not in as_wanted]
    for one in new:
        storage.delete(bucket, one.key, one.id)
    if (status := wanted["versioning"]) != storage.versioning(bucket):
        storage.keep_versions(bucket, status)
    now = _latest(storage.versions(bucket) if new else versions)
    lost = [key for key, about in objects.items() if key not in now or _is_other(now[key], about)]
    for key in lost:
        content = (folder / objects[key]["file"]).read_bytes()
        storage.write(bucket, key, StoredObject(content=content, headers=objects[key]["headers"]))
    for key in (more := [key for key in now if key not in objects]):
        storage.delete(bucket, key)
    if lost:
        for key, one in _latest(storage.versions(bucket)).items():
            objects[key]["modified"] = one.modified
    tagged = [*_tagged(storage, bucket, {key: one for key, one in objects.items() if key not in lost})]
    locked = [*_locked(storage, bucket, objects)]
    begun = [*_aborted(storage, bucket, wanted)]
    changed = dict.fromkeys((*(one.key for one in new), *lost, *more, *tagged, *locked, *begun))
    return [f"{bucket}/{key}" for key in changed]


def _settings(storage: Storage, bucket: str, wanted: WantedBucket) -> Iterator[settings.RestoredSettings]:
    """Restore the settings of a bucket, and the access lists of its objects."""
    yield settings.restore(storage, bucket, wanted.get("settings", {}))
    for key, about in wanted["objects"].items():
        if access := about.get("access"):
            yield settings.restore(storage, bucket, {_ACCESS: access}, key)


def _is_other(now: Version, wanted: WantedBucket) -> bool:
    """Whether an object was written since; with the same content, its headers may be others."""
    is_written = now.id == _UNVERSIONED and now.modified != wanted["modified"]
    return is_written or bool(now.digest != wanted["digest"])


def _tagged(storage: Storage, bucket: str, objects: WantedBucket) -> Iterator[str]:
    """Restore tags; yields the keys of the objects that had others."""
    for key, about in islice(objects.items(), _MOST_ASKED):
        wanted = about["headers"].get(TAGS, "")
        if storage.tags(bucket, key) != wanted:
            storage.tag(bucket, key, wanted)
            yield key


def _locked(storage: Storage, bucket: str, objects: WantedBucket) -> Iterator[str]:
    """Restore what keeps objects from being deleted; yields the keys of those that were locked otherwise."""
    for key, about in objects.items():
        if "locks" in about and storage.locks(bucket, key) != about["locks"]:
            storage.lock(bucket, key, about["locks"])
            yield key


def _gone(storage: Storage, bucket: str, wanted: WantedBucket) -> Mapping[str, str]:
    """Earlier versions and uploads that do not come back, with the reason."""
    older, begun = wanted.get("older"), wanted.get("uploads")
    now = {(one.key, one.id) for one in storage.versions(bucket)} if older else set()
    gone = [(key, number) for key, number in older or () if (key, number) not in now]
    uploads = set(storage.uploads(bucket)) if begun else set()
    found = {f"{bucket}/{key}?versionId={number}": "a deleted version cannot be restored" for key, number in gone}
    for key, number, *parts in begun or ():
        shown = f"{bucket}/{key}?uploadId={number}"
        if (key, number) not in uploads:
            found[shown] = "this multipart upload has ended and cannot be resumed"
        elif parts and [*map(list, storage.parts(bucket, key, number))] != parts[0]:
            found[shown] = "parts of this multipart upload have changed and cannot be restored"
    return found


def _aborted(storage: Storage, bucket: str, wanted: WantedBucket) -> Iterator[str]:
    """End the uploads that have begun since; yields their keys."""
    known = {(key, number) for key, number, *_ in wanted.get("uploads", ())}
    for key, number in storage.uploads(bucket):
        if (key, number) not in known:
            storage.abort(bucket, key, number)
            yield key


def _same(versions: Iterable[Version], objects: WantedBucket) -> list[Version]:
    """The latest versions that are as wanted, such as those that an earlier restore wrote."""
    latest = _latest(versions)
    kept = {key: (about["digest"], about["modified"]) for key, about in objects.items()}
    return [one for key, one in latest.items() if kept.get(key) == (one.digest, one.modified)]


def _latest(versions: Iterable[Version]) -> dict[str, Version]:
    """The objects that are there, by their keys."""
    return {one.key: one for one in versions if one.is_latest and one.digest}
