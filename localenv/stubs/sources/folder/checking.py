"""Check a WireMock root before anything starts."""

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from localenv.errors.problems import KeyPath, Position, Problem, bounded
from localenv.host import contained
from localenv.stubs import jackson
from localenv.stubs.sources.documents import Unreadable
from localenv.stubs.sources.folder import files, mapping
from localenv.stubs.sources.folder.files import BODIES, MAPPINGS
from localenv.stubs.sources.folder.findings import Finding, Findings, meant

_OTHER_FORMATS = frozenset({".yaml", ".yml", ".json5", ".jsonc"})


def check(root: Path) -> list[Problem]:
    """The mistakes in a WireMock root, in the order of its files; does not change files."""
    return bounded(chain(_shape(root), _unexpected(root), _mistakes(root)))


def _shape(root: Path) -> Iterator[Problem]:
    if not root.is_dir():
        yield Problem("is not a folder", Position(root), "a WireMock root holds mappings/ and __files/")
        return
    folders = [root / MAPPINGS, root / BODIES]
    there = [one for one in folders if os.path.lexists(one)]
    for one in there:
        if not one.is_dir() and not files.leaves(root, one):
            yield Problem(contained.lost_link(one) or "is not a folder", Position(one))
    if there:
        return
    lying = any(entry.suffix == ".json" for entry in root.iterdir())
    hint = "move the JSON files into mappings/" if lying else "a WireMock root holds mappings/ and __files/"
    yield Problem("is not a WireMock root: mappings/ and __files/ are missing", Position(root), hint)


def _unexpected(root: Path) -> Iterator[Problem]:
    for folder in (root / MAPPINGS, root / BODIES):
        if files.leaves(root, folder):
            yield Problem("is a link to a file outside its folder", Position(folder), "copy the folder here")
            continue
        for entry in files.entries(folder):
            is_link, is_mapping = entry.is_symlink(), folder.name == MAPPINGS and entry.path.endswith(".json")
            is_plain = entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)
            if is_plain and (is_mapping or folder.name != MAPPINGS):
                continue
            file = Path(entry.path)
            if is_link and files.leaves(root, file):
                yield Problem("is a link to a file outside its folder", Position(file), "copy the file here")
            elif not is_link and not is_plain:
                yield Problem("is neither a file nor a folder", Position(file), "remove it")
            elif is_mapping and (lost := contained.lost_link(file)):
                yield Problem(lost, Position(file), "remove it")
            elif is_link and file.is_dir():
                yield Problem("is a link to a folder; such links are not followed", Position(file))
            elif folder.name == MAPPINGS and file.suffix.lower() in _OTHER_FORMATS:
                yield Problem("is not a JSON file; WireMock would ignore it", Position(file), "name it .json")


def _mistakes(root: Path) -> Iterator[Problem]:
    known = cache(lambda: dict(files.body_files(root)))
    for name, file in files.json_files(root):
        try:
            found = files.mapping_file(root, name, file)
        except Unreadable as unreadable:
            yield unreadable.problem
            continue
        try:
            yield from _in_file(found, known)
        except RecursionError:
            yield Problem("is nested too deeply", Position(file))


def _in_file(found: files.MappingFile, known: Callable[[], Mapping[str, Path]]) -> Iterator[Problem]:
    for where in found.document.repeated:
        yield Problem(f"'{where[-1]}' is a duplicate key", found.document.at(where))
    for finding in _findings(found, known):
        yield Problem(finding.message, found.document.at(finding.where), finding.hint)


def _findings(file: files.MappingFile, known: Callable[[], Mapping[str, Path]]) -> Findings:
    value = file.document.value
    if isinstance(value, dict) and "mappings" in value:
        for key in value:
            if key not in {"mappings", "meta", "$schema"}:
                yield Finding((key,), f"'{key}' beside 'mappings'")
        if not isinstance(value["mappings"], list):
            yield Finding(("mappings",), "'mappings' must be a list")
            return
    elif isinstance(value, list):
        yield Finding((), "is a list", 'many mappings in one file: {"mappings": […]}')
        return
    for where, one in file.mappings:
        yield from mapping.check(one, where)
        yield from _body_file(file.root, one, where, known)


def _body_file(root: Path, one: Any, where: KeyPath, known: Callable[[], Mapping[str, Path]]) -> Findings:
    response = one.get("response") if isinstance(one, dict) else None
    name = jackson.text(response.get("bodyFileName")) if isinstance(response, dict) else None
    if name is None or name in known():
        return
    here = (*where, "response", "bodyFileName")
    file = root / BODIES / name
    if name.startswith("/") or "\\" in name or ".." in Path(name).parts or "\0" in name:
        yield Finding(here, f"body file '{name}' is outside {BODIES}/", "a path below it, without ..")
    elif "{{" in name:
        return  # resolved by WireMock for each request
    elif not file.is_file():
        yield Finding(here, f"body file {BODIES}/{name} does not exist", meant(name, known()))
    elif files.leaves(root, file):
        yield Finding(here, f"body file '{name}' is a link to a file outside its folder")
