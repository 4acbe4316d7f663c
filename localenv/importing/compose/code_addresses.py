"""Addresses of other services that stand in the code of one, where a program without Docker does not find them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from localenv.importing import Checkout
from localenv.importing.compose import env_files
from localenv.importing.compose.files import variables as variables_of
from localenv.importing.compose.texts import mapped
from localenv.importing.connecting import Connections
from localenv.importing.repository import variables
from localenv.importing.repository.finds import Finds
from localenv.importing.targets import reached

if TYPE_CHECKING:
    from localenv.importing.compose.services import ServiceSource, Writing

_PROGRAMS = frozenset(
    {".py", ".js", ".ts", ".mjs", ".cjs", ".tsx", ".jsx", ".rb", ".go", ".java", ".kt", ".php", ".rs", ".cs", ".ex"}
)
_HOST = r"(?P<host>[A-Za-z][\w.-]*)"
_FIXED = (
    re.compile(rf"['\"`](?:jdbc:)?[a-z][a-z0-9+.]*://(?:[^@/\s'\"`]*@)?{_HOST}(?=[:/?'\"`])"),
    re.compile(rf"\b[Hh]ost(?:name)?['\"]?\s*[=:]\s*['\"`]{_HOST}['\"`]"),
    re.compile(rf"['\"`][^'\"`\n]*\b(?:host|[Ss]erver)={_HOST}(?=[\s;'\"`])"),
    re.compile(rf"['\"`]{_HOST}:\d{{2,5}}['\"`]"),
    re.compile(rf"@tcp\({_HOST}[:)]"),  # as drivers of MySQL for Go have it
)


def defaults(
    source: "ServiceSource", folder: Path, connections: Connections, writing: "Writing", known: Mapping[str, str]
) -> dict[str, str]:
    """The variables that its code gives an address of another service where nobody sets them, as references."""
    finds = _finds(folder, writing)
    variables.detect(finds)
    given = dict(mapped(source.service.get("environment")))
    for entry in source.service.get("env_file") or ():
        given |= variables_of(writing.project, env_files.existing(Path(entry["path"])))
    written = {name: one.default for name, one in finds.variables.items() if one.default and one.readers}
    mine = {name: default for name, default in written.items() if name not in known and name not in given}
    found = connections.variables(mine)
    atoms = writing.project.atoms
    return {name: atoms.written(value) for name, value in found.items() if value != mine[name]}


def fixed(folder: Path, connections: Connections, writing: "Writing") -> Iterator[tuple[str, str]]:
    """The hosts of other services that its code names, each with the file; not as the default of a variable."""
    seen: set[str] = set()
    finds = _finds(folder, writing)
    variables.detect(finds)
    optional = [one.default for one in finds.variables.values() if one.default]
    for file, text in (one for one in finds.sources if one[0].suffix in _PROGRAMS):
        for host, literal in _hosts(text):
            target = writing.hosts.get(host.lower())
            is_other = target is not None and target.name != connections.own and reached(target, connections.profiles)
            if host not in seen and is_other and not _is_default(host, literal, optional):
                seen.add(host)
                yield host, file.relative_to(folder).as_posix()


def _finds(folder: Path, writing: "Writing") -> Finds:
    return Finds(place=Checkout(repository=writing.place.repository, home=folder))


def _hosts(text: str) -> Iterator[tuple[str, str]]:
    for pattern in _FIXED:
        yield from ((found["host"], found[0].strip("'\"`")) for found in pattern.finditer(text))


def _is_default(host: str, literal: str, optional: Sequence[str]) -> bool:
    return any(literal in one or one == host for one in optional)
