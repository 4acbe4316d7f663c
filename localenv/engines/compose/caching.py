"""The cache of images built for environments, with a marker file for each."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError

from localenv import state
from localenv.engines import Cached
from localenv.engines.compose import api, ownership, prepared
from localenv.engines.compose.built import mark
from localenv.engines.compose.daemon import Daemon
from localenv.errors import LocalenvError
from localenv.host import files
from localenv.paths import caches
from localenv.stack.states import EnvironmentState

_BUILT = {"label": [*ownership.mine()["label"], f"{ownership.ROLE}=image"]}
_OWN_TAGS = "localenv/"  # an image built from one of ours inherits its labels, but has another name
_NOT_REMOVED = (404, 409)  # already removed, or in use
_MARK = "mark"
_PREPARED = "prepared"
_OLDER = 1  # old images of a service to keep in addition to the current one
_MANY, _LARGE = 50, 10 << 30  # unused images to keep, and bytes that no other image shares
_HOUR = 3600.0  # seconds


@dataclass(frozen=True, kw_only=True)
class ImageCache:
    """Every image of this user's environments, and the markers of images removed by other programs."""

    daemon: Daemon
    client: docker.DockerClient

    def cached(self) -> Iterator[Cached]:
        """All entries."""
        lost = set(caches.images().glob("*.json"))  # listed first: a marker created meanwhile has its image
        for one in _images(self.daemon):
            lost.discard(mark(one.name))
            yield one
        for file in sorted(lost):
            with suppress(FileNotFoundError):
                found = file.stat()
                folder = files.read_json(file).get("folder")
                about = f"a removed image for {folder}" if folder else ""
                yield Cached(kind=_MARK, name=file.name, size=found.st_size, used=found.st_mtime, about=about)
        yield from _prepared()

    def remove(self, one: Cached) -> bool:
        """Remove an image, unless it is in use, or a marker; returns whether it was removed."""
        if one.kind == _MARK:
            return _gone(caches.image(one.name.removesuffix(".json")))
        if one.kind == _PREPARED:
            return prepared.remove(caches.prepared_files(one.name.removesuffix(".tar")))
        with api.translated():
            return _removed(self.client, one.name)

    def bound(self) -> None:
        """Remove the longest unused images if there are too many, or too large ones: at most once an hour.

        Images that were made or used in the last hour stay, because their containers may be about to be made.
        """
        mark, now = caches.bounded(caches.images()), time.time()
        with suppress(OSError):
            if mark.stat().st_mtime > now - _HOUR:
                return
        with suppress(OSError, LocalenvError, APIError):  # nothing here is required
            mark.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            mark.touch()
            for one in _too_much(_images(self.daemon, is_own=True)):
                if max(one.used, _tagged(self.client, one.name)) < now - _HOUR:
                    _removed(self.client, one.name)


def _prepared() -> Iterator[Cached]:
    for archive in prepared.entries():
        with suppress(FileNotFoundError):
            found, about = archive.stat(), caches.about(archive).read_text()
            yield Cached(kind=_PREPARED, name=archive.name, size=found.st_size, used=found.st_mtime, about=about)


def _too_much(found: Iterable[Cached], many: int = _MANY, large: int = _LARGE) -> Iterator[Cached]:
    """The longest unused of some images, without which the others are few and small enough."""
    total = 0
    unused = sorted((one for one in found if not one.in_use), key=lambda one: one.used, reverse=True)
    for number, one in enumerate(unused, 1):
        total += one.size
        if number > many or total > large:
            yield one


def _tagged(client: docker.DockerClient, image: str) -> float:
    """When an image last got a name, in seconds of the epoch: a build that changes nothing has an old image."""
    last = client.api.inspect_image(image).get("Metadata", {}).get("LastTagTime", "")
    with suppress(ValueError, OverflowError):
        return datetime.fromisoformat(last).timestamp()
    return 0.0


def _images(daemon: Daemon, *, is_own: bool = False) -> Iterator[Cached]:
    """Every image; `is_own` leaves what other images share out of their sizes."""
    running = {entry["ImageID"] for entry in daemon.containers({})}
    up = {record.identity for record in state.known() if record.state is not EnvironmentState.STOPPED}
    for image in daemon.images(_BUILT, with_shared=is_own):
        for name in _names(image):
            in_use = image["Id"] in running or name.rpartition(":")[2] in up
            yield Cached(
                kind="image",
                name=name,
                size=image["Size"] - (max(image.get("SharedSize", 0), 0) if is_own else 0),
                used=_used(image, name),
                in_use=in_use,
                about=_about(image, name),
            )


def _about(image: Mapping[str, Any], name: str) -> str:
    """The service of an image with its repository; for one whose name moved to a later build, a note about that."""
    labels = image.get("Labels") or {}
    service, identity = labels.get(ownership.SERVICE), labels.get(f"{ownership.LABEL}environment", "?")
    if name == image["Id"]:
        return f"an older {service or 'image'} of {identity}"
    folder = files.read_json(mark(name)).get("folder")
    return f"{service or 'an image'} {f'in {folder}' if folder else f'of {identity}'}"


def keep_few(client: docker.DockerClient, identity: str, service: str) -> None:
    """Remove a service's unnamed old images, except the newest ones."""
    wanted = [*_BUILT["label"], f"{ownership.LABEL}environment={identity}", f"{ownership.SERVICE}={service}"]
    with suppress(APIError):  # nothing here is required
        found = client.api.images(filters={"label": wanted, "dangling": True})
        running = {entry["ImageID"] for entry in client.api.containers(all=True)}
        made = {one["Id"]: str(client.api.inspect_image(one["Id"])["Created"]) for one in found}  # not in seconds alone
        for image in sorted(made, key=lambda image: made[image], reverse=True)[_OLDER:]:
            if image not in running:
                _removed(client, image)


def _removed(client: docker.DockerClient, image: str) -> bool:
    try:
        client.api.remove_image(image)
    except APIError as error:
        if error.status_code not in _NOT_REMOVED:
            raise
        return False
    _gone(mark(image))
    return True


def _gone(file: Path) -> bool:
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    return True


def _names(image: Mapping[str, Any]) -> list[str]:
    """Its names that belong to localenv; its id if a later build has taken them."""
    tags = [tag for tag in image["RepoTags"] or () if tag != "<none>:<none>"]
    if not tags and not image["RepoDigests"]:
        return [image["Id"]]
    return [tag for tag in tags if tag.startswith(_OWN_TAGS)]


def _used(image: Mapping[str, Any], name: str) -> float:
    try:
        return mark(name).stat().st_mtime
    except FileNotFoundError:
        return float(image["Created"])
