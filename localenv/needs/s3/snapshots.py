"""Restore buckets and objects while clients stay connected; what did not change is left alone."""

import json
import shutil
from pathlib import Path

from localenv.needs import Restored
from localenv.needs.s3.api import Storage, StoredObject, opened
from localenv.stack import Connection

_INDEX = "index.json"  # bucket → key → digest, headers, file


def snapshot(connection: Connection, folder: Path) -> None:
    """Copy every bucket to this machine."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    index: dict[str, dict[str, dict[str, object]]] = {}
    with opened(connection) as storage:
        for bucket in storage.buckets():
            known = index.setdefault(bucket, {})
            for number, (key, digest) in enumerate(storage.objects(bucket).items()):
                stored, name = storage.read(bucket, key), f"{len(index)}-{number}"
                (folder / name).write_bytes(stored.content)
                known[key] = {"digest": digest, "headers": stored.headers, "file": name}
    (folder / _INDEX).write_text(json.dumps(index))


def restore(connection: Connection, folder: Path) -> Restored:
    """Delete what is new, and write what was changed or deleted."""
    index = json.loads((folder / _INDEX).read_text())
    changed: list[str] = []
    with opened(connection) as storage:
        buckets = storage.buckets()
        for bucket in dict.fromkeys([*buckets, *index]):
            changed += _restored(storage, folder, bucket, index.get(bucket), is_there=bucket in buckets)
    return Restored(changed=tuple(changed))


def discard(connection: Connection, folder: Path) -> None:
    """Remove the copy from this machine."""
    shutil.rmtree(folder, ignore_errors=True)


def _restored(
    storage: Storage, folder: Path, bucket: str, wanted: dict[str, dict[str, object]] | None, *, is_there: bool
) -> list[str]:
    """What has changed in a bucket; `wanted` is None for a new one."""
    now = storage.objects(bucket) if is_there else {}
    new = [key for key in now if key not in (wanted or {})]
    for key in new:
        storage.delete(bucket, key)
    if wanted is None:
        storage.delete(bucket)
        return [bucket]
    if not is_there:
        storage.make(bucket)
    lost = {key: about for key, about in wanted.items() if now.get(key) != about["digest"]}
    for key, about in lost.items():
        stored = StoredObject(content=(folder / str(about["file"])).read_bytes(), headers=dict(about["headers"]))  # type: ignore[call-overload]
        storage.write(bucket, key, stored)
    return [f"{bucket}/{key}" for key in (*new, *lost)] or ([] if is_there else [bucket])
