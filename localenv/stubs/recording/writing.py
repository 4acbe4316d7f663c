"""Write recorded stubs into a WireMock root, after a last look for secrets; files of others stay as they are."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from localenv.errors import LocalenvError
from localenv.host import contained, files
from localenv.redaction import recorded
from localenv.redaction.known_texts import KnownSecrets
from localenv.stubs.recording.mappings import FOLDER, RECORDED, RecordedStub
from localenv.stubs.recording.scrubbing import Scrubber

_DIGEST = "digest"  # of what was written: a file that differs has been edited
_DIGITS = 16  # of a digest
_INDENT = re.compile("\n +")


@dataclass(frozen=True, kw_only=True)
class Written:
    """The files of one recording."""

    written: tuple[Path, ...]  # new, or changed
    unchanged: tuple[Path, ...]
    edited: tuple[Path, ...]  # recorded before, changed by hand since, and left alone


def write(root: Path, stubs: Sequence[RecordedStub], scrubber: Scrubber) -> Written:
    """Write stubs into a root; raises LocalenvError, with nothing written, if a secret would be."""
    digests = {one.name: [_digest(each) for each in one.mappings] for one in stubs}
    texts = {one.name: _text(one, digests[one.name]) for one in stubs}
    known = KnownSecrets([one for one in scrubber.known if not scrubber.is_word(one)])
    leaks = [leak for one in stubs for leak in _leaks(one, texts[one.name], digests[one.name], known)]
    if leaks:
        raise LocalenvError(
            f"nothing was written: {len(leaks)} values still look like secrets",
            hint="leave these requests out, or report a kind of secret that is not known",
            log=leaks[:20],
        )
    written, unchanged, edited = [], [], []
    for one in stubs:
        file = root / "mappings" / FOLDER / f"{one.name}.json"
        before = _before(file)
        if file.exists() and not _is_recorded(before):
            edited.append(file)
        elif _digests(before) == digests[one.name] and _has_bodies(root, one):
            unchanged.append(file)
        else:
            _put(root, file, texts[one.name], one.bodies, _bodies_of(before))
            written.append(file)
    return Written(written=tuple(written), unchanged=tuple(unchanged), edited=tuple(edited))


def _put(root: Path, file: Path, text: str, bodies: Mapping[str, bytes], old: set[str]) -> None:
    try:
        for name, content in bodies.items():
            files.save(root / "__files" / name, content, within=root)
        files.save(file, text.encode(), within=root)
        for body in [root / "__files" / name for name in old - bodies.keys()]:
            if contained.is_within(body, [root]):
                body.unlink(missing_ok=True)
    except OSError as error:
        raise LocalenvError(f"cannot write {error.filename or file}: {error.strerror}") from error


def _with_digests(stub: RecordedStub, digests: Sequence[str]) -> dict[str, Any]:
    """The document of a stub's file."""
    mappings: list[dict[str, Any]] = []
    for one, digest in zip(stub.mappings, digests, strict=True):
        about = {**one["metadata"][RECORDED], _DIGEST: digest}
        mappings.append({**one, "metadata": {**one["metadata"], RECORDED: about}})
    return {"mappings": mappings} if len(mappings) > 1 else mappings[0]


def _text(stub: RecordedStub, digests: Sequence[str]) -> str:
    return json.dumps(_with_digests(stub, digests), indent=2, ensure_ascii=False) + "\n"


def _digest(mapping: Mapping[str, Any]) -> str:
    """A hash over a mapping without its provenance."""
    kept = {key: value for key, value in mapping.items() if key != "metadata"}
    return sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:_DIGITS]


def _before(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _listed(document: Any) -> list[Mapping[str, Any]]:
    found = document.get("mappings", [document]) if isinstance(document, Mapping) else []
    return [one for one in found if isinstance(one, Mapping)]


def _is_recorded(document: Any) -> bool:
    """Whether a file is as a recording wrote it."""
    listed = _listed(document)
    return bool(listed) and all(_about(one).get(_DIGEST) == _digest(one) for one in listed)


def _about(mapping: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = mapping.get("metadata")
    about = metadata.get(RECORDED) if isinstance(metadata, Mapping) else None
    return about if isinstance(about, Mapping) else {}


def _digests(document: Any) -> list[Any]:
    return [_about(one).get(_DIGEST) for one in _listed(document)]


def _bodies_of(document: Any) -> set[str]:
    names = {str(one.get("response", {}).get("bodyFileName", "")) for one in _listed(document)}
    return {name for name in names if name.startswith(f"{FOLDER}/")}


def _has_bodies(root: Path, stub: RecordedStub) -> bool:
    bodies = {root / "__files" / name: content for name, content in stub.bodies.items()}
    return all(file.is_file() and file.read_bytes() == content for file, content in bodies.items())


def _leaks(stub: RecordedStub, text: str, digests: Sequence[str], known: KnownSecrets) -> Iterator[str]:
    """Where something that looks like a secret, or a secret that was replaced elsewhere, would be written."""
    for digest in digests:  # one of ours may look like the number of a card
        text = text.replace(f'"{digest}"', f'"{"x" * _DIGITS}"')
    text = _INDENT.sub("\n", text)  # a third of it
    places = {f"mappings/{FOLDER}/{stub.name}.json": text}
    places |= {f"__files/{name}": content.decode("latin-1") for name, content in stub.bodies.items()}
    for place, content in places.items():
        for found in recorded.in_text(content):
            what = f"looks like a secret ({found.kind}, {found.end - found.start} characters)"
            yield f"{place}:{_line(content, found.start)}: {what}"
        for at in known.within(content):
            yield f"{place}:{_line(content, at)}: holds a secret that was replaced elsewhere"


def _line(content: str, at: int) -> int:
    return content.count("\n", 0, at) + 1
