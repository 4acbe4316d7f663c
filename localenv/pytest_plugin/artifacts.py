"""Artifacts for CI: each test's traffic and report; rendered files, events, logs, journals."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localenv import Environment, paths, redaction
from localenv.environment import stubbing
from localenv.errors import LocalenvError
from localenv.host import files
from localenv.pytest_plugin.running import Running
from localenv.pytest_plugin.scope import Scope
from localenv.stack import Role
from localenv.stubs.calls import Call, of_event

if TYPE_CHECKING:
    import pytest

_LONGEST_NAME = 120  # characters of a test's name in a file name
_CALL = "call"


def note_test(scope: Scope, report: "pytest.TestReport", diagnosis: str) -> None:
    """Add a test's properties for JUnit, and write its traffic if artifacts are enabled."""
    running: Running = scope.running
    known = {name for name, _ in report.user_properties}
    about = {"localenv.environment": running.identity, "localenv.worker": running.worker, "localenv.trace": scope.trace}
    report.user_properties.extend((name, str(text)) for name, text in about.items() if name not in known)
    if scope.settings.artifacts and report.when == _CALL:
        folder = Path(scope.settings.artifacts) / running.identity / "tests"
        name = _file_name(scope.name)
        with suppress(LocalenvError):
            _write(folder / f"{name}.json", _as_json(running.traffic.calls(scope)))
        if report.failed:
            _write(folder / f"{name}.txt", f"{scope.name}\n\n{diagnosis}\n")


def note_environment(found: Environment, folder: Path) -> None:
    """Write an environment's files, events, logs and journals, without its secrets."""
    for name, text in _texts(found):
        _write(folder / found.identity / name, text)


def _texts(found: Environment) -> Iterator[tuple[str, str]]:
    rendered = found.deployment.folder
    for file in sorted(rendered.glob("*")) + sorted(rendered.glob(".env")):
        if file.is_file():
            yield f"rendered/{file.name}", file.read_text(errors="replace")
    events = paths.events(found.identity)
    if events.is_file():
        yield "events.jsonl", events.read_text(errors="replace")
    for service in found.stack.services:
        with suppress(LocalenvError):
            yield f"logs/{service}.log", "".join(f"{line.time:.3f} {line.text}\n" for line in found.logs([service]))
    for server in found.stack.of(Role.STUBS):
        with suppress(LocalenvError), stubbing.admin(found.deployment, server.name) as admin:
            calls = [of_event(upstream, event) for upstream, event in reversed(admin.traffic(0))]
            yield f"journals/{server.name}.json", _as_json(calls)


def _as_json(calls: list[Call]) -> str:
    return json.dumps([_document(call) for call in calls], indent=1, ensure_ascii=False)


def _document(call: Call) -> dict[str, Any]:
    return asdict(call) | call.document()


def _file_name(nodeid: str) -> str:
    readable = re.sub(r"[^A-Za-z0-9_.-]+", "-", nodeid)[-_LONGEST_NAME:].strip("-.")
    return f"{readable}-{sha256(nodeid.encode(errors='surrogateescape')).hexdigest()[:6]}"


def _write(file: Path, text: str) -> None:
    files.write(file, redaction.redacted(text))
