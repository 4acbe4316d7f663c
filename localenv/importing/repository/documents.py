"""Documents of OpenAPI beside the code: those of upstreams are taken, others are likely the repository's own."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from localenv.description.names import fitted
from localenv.host import contained
from localenv.importing import reading
from localenv.importing.repository.finds import Finds, FoundUpstream
from localenv.importing.repository.stub_folders import is_openapi, is_well

_FOLDERS = (
    ".", "api", "apis", "doc", "docs", "docs/api", "docs/openapi", "spec", "specs", "swagger", "schema", "schemas",
    "contracts", "openapi", "static", "public", "src/main/resources",
)  # fmt: skip
_MOST = 200  # files of a folder
_TITLE = re.compile(r"(?:^|[{,])\s*[\"']?title[\"']?\s*:\s*[\"']?([^\"',}\n]+)", re.MULTILINE)
_SERVER = re.compile(r"[\"']?url[\"']?\s*:\s*[\"']?https?://([\w.-]+)")
_WORDS = frozenset(
    {"api", "apis", "openapi", "swagger", "spec", "specs", "doc", "docs", "service", "schema", "schemas"}
)


def detect(finds: Finds) -> None:
    """Take each document whose name, folder, title or server is that of an upstream; the others are named."""
    taken = {file for upstream in finds.upstreams.values() for file in upstream.contracts.values()}
    for file in dict.fromkeys(_documents(finds)):
        where, path = file.relative_to(finds.home).as_posix(), os.path.relpath(file, finds.place.envs)
        if file in taken:
            continue
        if not is_well("openapi", file):
            finds.left_out.append(f"{where}: an OpenAPI document with mistakes, which cannot be served")
        elif upstream := _upstream(finds, file):
            upstream.contracts["openapi"] = file
            upstream.why += f"; openapi in {where}"
        else:
            why = f"likely this repository's own API; that of an upstream: upstreams: {{NAME: {{openapi: {path}}}}}"
            finds.left_out.append(f"{where}: {why}")


def _upstream(finds: Finds, file: Path) -> FoundUpstream | None:
    """The upstream without a contract that a document is named after, or whose host is one of its servers."""
    text = reading.head(file)
    title, hosts = _TITLE.search(text), {*_SERVER.findall(text)}
    words = {word for one in (file.stem, file.parent.name, title[1] if title else "") for word in _named(one)}
    free = [one for one in finds.upstreams.values() if "openapi" not in one.contracts and not one.pack]
    named = (one for one in free if {*_named(one.name)} and {*_named(one.name)} <= words)
    return next((one for one in (*(one for one in free if hosts & {*one.hosts}), *named)), None)


def _named(text: str) -> list[str]:
    return [word for word in fitted(re.sub(r"[\s_.]+", "-", text)).split("-") if word and word not in _WORDS]


def _documents(finds: Finds) -> Iterator[Path]:
    for name in _FOLDERS:
        folder = finds.home / name
        for pattern in ("*", "*/*") if name != "." else ("*",):
            for file in sorted(folder.glob(pattern))[:_MOST]:
                is_text = file.suffix in (".yaml", ".yml", ".json") and file.is_file()
                if is_text and contained.is_within(file, [finds.place.repository]) and is_openapi(file):
                    yield file
