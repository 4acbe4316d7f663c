"""The guard's request handlers, by the value of `do`; an answer has `error` if the request failed."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from localenv.guard.child import Child
from localenv.guard.connection import GuardConnection
from localenv.host import kernel

if TYPE_CHECKING:
    from localenv.guard.serving import Guard

GuardRequest = dict[str, Any]


def _spawn(guard: Guard, client: GuardConnection, request: GuardRequest) -> None:
    """`spec`: start a program; answers once it runs. If it is `attached`, its lines follow, and its end: `code`."""
    spec = request["spec"]
    before = guard.children.get(spec["name"])
    if guard.ending:
        client.send({"error": "the environment is being removed"})
    elif before is not None and not before.gone:
        client.send({"error": f"{spec['name']} is running"})
    else:
        child = _begin(guard, spec)
        guard.when(lambda: bool(child.pid) or child.gone, lambda: _started(guard, client, child, request))


def _begin(guard: Guard, spec: GuardRequest) -> Child:
    guard.children.pop(spec["name"], None)  # the last started is the last in order
    child = Child(spec, guard.selector, guard.save)
    guard.children[child.name] = child
    guard.save()  # its control group exists already
    return child


def _started(guard: Guard, client: GuardConnection, child: Child, request: GuardRequest) -> None:
    if child.problem is not None:
        guard.children.pop(child.name, None)
        client.send({"error": "cannot be started", "errno": child.problem})
        return
    client.send({"pid": child.pid})
    if child.spec.get("attached"):
        _follow(guard, client, child)


def _follow(guard: Guard, client: GuardConnection, child: Child) -> None:
    """Send the lines of a program to its client; if one ends, so does the other."""

    def send(lines: list[bytes]) -> None:
        for line in lines:
            client.send({"line": line.decode(errors="replace").rstrip("\r")})
        child.listen(not client.is_full)

    def finish() -> None:
        guard.children.pop(child.name, None)
        client.send({"code": child.code})

    child.listen_from_the_start(send)
    client.drained = lambda: child.listen(True)
    client.closed.append(child.kill)
    guard.when(lambda: child.gone, finish)


def _list(guard: Guard, client: GuardConnection, request: GuardRequest) -> None:
    """List every program that runs or has run."""
    for child in guard.children.values():
        child.wake()
    client.send({
        "children": [child.document() for child in guard.children.values()],
        "owner": guard.owner.identity,
        "lease": guard.left(),
        "ending": guard.ending and not guard.clearing,
        "failures": guard.teardown.failures,
    })  # fmt: skip


def _stop(guard: Guard, client: GuardConnection, request: GuardRequest) -> None:
    """`names`: end programs; with `forget` they are removed from the list."""
    chosen = [guard.children[name] for name in reversed(guard.children) if name in request["names"]]

    def finish() -> None:
        if request.get("forget"):
            for child in chosen:
                guard.children.pop(child.name, None)
        client.send({"stopped": [child.name for child in chosen]})

    guard.end(chosen, finish)


def _start(guard: Guard, client: GuardConnection, request: GuardRequest) -> None:
    """`name`: start a program that has ended again, unchanged."""
    _spawn(guard, client, {"spec": guard.children[request["name"]].spec})


def _signal(guard: Guard, client: GuardConnection, request: GuardRequest) -> None:
    """`name`, `number`: send a signal; STOP and CONT affect all its processes."""
    child, number = guard.children[request["name"]], int(request["number"])
    if child.gone:
        client.send({"error": f"{child.name} is not running"})
        return
    if number in (signal.SIGSTOP, signal.SIGCONT):
        child.pause(paused=number == signal.SIGSTOP)
    else:
        child.signal(number)
    client.send({})


def _wait(guard: Guard, client: GuardConnection, request: GuardRequest) -> None:
    """`name`: answers with `code` once all its processes have exited."""
    child = guard.children[request["name"]]
    guard.when(lambda: child.gone, lambda: client.send({"code": child.code}))


def _adopt(guard: Guard, client: GuardConnection, request: GuardRequest) -> None:
    """What ends everything from now on: the death of `owner`, `{pid, start}`, the end of a `lease` in seconds; or null.

    Refused with `ending` if that has begun.
    """
    if guard.ending and not guard.clearing:
        client.send({"error": "the environment is being removed", "ending": True})
        return
    guard.owner.watch(request["owner"])
    guard.keep_for(request.get("lease"))
    client.send({})


def _watch(guard: Guard, client: GuardConnection, request: GuardRequest) -> None:
    """Run `argv` when the seconds of `left` are over, and when one of the `owners` exits.

    An older version has no `left`, but `at`: seconds since the epoch.
    """
    left = request["left"] if "left" in request else [one - time.time() for one in request["at"]]
    guard.endings.watch(request["argv"], [kernel.since_boot() + one for one in left], request["owners"])
    client.send({})


def _clear(guard: Guard, client: GuardConnection, request: GuardRequest) -> None:
    """End everything except the guard, which continues without programs; answers when all have exited."""
    guard.clearing = not guard.ending

    def finish() -> None:
        if guard.clearing:
            guard.ending = guard.clearing = False
        names = list(guard.children)
        guard.children.clear()
        client.send({"removed": names})

    guard.end_all(finish)


def _remove(guard: Guard, client: GuardConnection, request: GuardRequest) -> None:
    """End everything and the guard too; answers when all have exited."""

    def finish() -> None:
        removes_more = guard.teardown.began is not None  # in that case the teardown sends this request
        if not removes_more:
            guard.owner.watch(None)
            guard.quit()
        left = [child.left for child in guard.children.values() if child.left]
        client.send({"removed": list(guard.children), "left": left})

    guard.end_all(finish)


ANSWERS: Mapping[str, Callable[[Guard, GuardConnection, GuardRequest], None]] = {
    "spawn": _spawn,
    "list": _list,
    "stop": _stop,
    "start": _start,
    "signal": _signal,
    "wait": _wait,
    "adopt": _adopt,
    "watch": _watch,
    "clear": _clear,
    "remove": _remove,
}
