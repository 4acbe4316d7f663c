"""Explain a request to an upstream by its stubs, and save a stub for it."""

import re
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localenv.engines import Deployment
from localenv.environment import stub_folders, stubbing
from localenv.errors import LocalenvError, UsageError
from localenv.stack import Role, Unmatched
from localenv.stubs import explanation, trial
from localenv.stubs.explanation import Explanation
from localenv.stubs.recognition import is_nameable
from localenv.stubs.trial import Trial

if TYPE_CHECKING:
    from localenv.environment.handle import Environment
    from localenv.stubs.admin import Admin

_LONGEST = 60  # characters of a file's name


def explain(environment: "Environment", upstream: str, *, id: str, trial: Trial | None) -> Explanation | None:  # noqa: A002
    """As `Environment.explain`."""
    if upstream:
        stubbing.chosen(environment.stack, [upstream])
    if trial is not None:
        return _tried(environment.deployment, upstream, trial)
    with ExitStack() as opened:
        admins = [
            opened.enter_context(stubbing.admin(environment.deployment, one.name))
            for one in environment.stack.of(Role.STUBS)
        ]
        found = [(admin, owner, event) for admin in admins for owner, event in _events(admin, upstream, id)]
        if id and not found:
            raise UsageError(f"no request has the id '{id}'", hint="list them: localenv requests --json")
        kept = [one for one in found if id or environment.stack.unmatched(one[1]) is not Unmatched.IGNORE]
        if not kept:
            return None
        admin, owner, event = max(kept, key=lambda one: one[2]["request"]["loggedDate"])
        explained = admin.explanation(owner, event["request"])
        return replace(explained, **explanation.of_event(event, explained))


def _events(admin: "Admin", upstream: str, id: str) -> list[tuple[str, dict[str, Any]]]:  # noqa: A002
    """The requests with this id, else the unmatched ones."""
    found = admin.latest() if id else admin.lost(since=0)
    return [
        (owner, event) for owner, event in found if event["id"].startswith(id) and (not upstream or owner == upstream)
    ]


def _tried(deployment: Deployment, upstream: str, wanted: Trial) -> Explanation:
    host, url = trial.parted(wanted.url)
    name = upstream or _meant(deployment, host)
    own = deployment.stack.upstreams[name]
    with stubbing.admin(deployment, own.server) as admin:
        sent = host if stubbing.is_host_of(deployment, own, host) else name
        with trial.journalled(admin, name, sent, replace(wanted, url=url)) as (request, stub):
            return admin.explanation(name, request, without=stub)


def _meant(deployment: Deployment, host: str) -> str:
    """The upstream of a host; raises UsageError for none."""
    names = list(deployment.stack.upstreams)
    if not host and len(names) == 1:
        return names[0]
    for name, upstream in deployment.stack.upstreams.items():
        if host and stubbing.is_host_of(deployment, upstream, host):
            return name
    what = f"'{host}' is not an upstream" if host else "missing UPSTREAM"
    more = f"; or add hosts: [{host}] to one" if is_nameable(host) else ""
    raise UsageError(what, hint=f"available: {', '.join(names) or 'none'}{more}")


def save(environment: "Environment", explained: Explanation) -> Path:
    """As `Environment.save_stub`."""
    if explained.answered_by:
        raise UsageError(
            f"{explained.title} is answered by stub “{explained.answered_by.name}”", hint="change that one"
        )
    folder = stub_folders.own(environment.stack, explained.upstream)
    return _written(folder, _slug(explained.title), explained.text)


def _written(folder: Path, name: str, text: str) -> Path:
    """Write a new file; an existing one stays. Raises LocalenvError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            file = folder / f"{name}{f'-{number}' if number > 1 else ''}.json"
            if not file.exists():
                break
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        raise LocalenvError(f"cannot write {error.filename or folder}: {error.strerror}") from error
    return file


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:_LONGEST].rstrip("-") or "stub"
