"""What the native engine needs: Java and WireMock for stubs, servers of needs, interpreters, namespaces."""

import os
from collections.abc import Iterator
from pathlib import Path

from localenv import paths
from localenv.engines.examining import Checks, Health, Result, ok, problem, warning
from localenv.engines.native import checking, kinds, setup
from localenv.engines.native.kinds.postgres import installations
from localenv.engines.native.kinds.redis import installations as redis
from localenv.engines.native.wiremock import jar, java
from localenv.errors import LocalenvError
from localenv.needs.versions import differs
from localenv.stack import Role, Stack
from localenv.stubs.server import VERSION

_WHEELS = "pip install 'localenv[native]'"
_NAMESPACES = Path("/proc/sys/user/max_user_namespaces")


def java_runtime(stack: Stack | None) -> Result:
    """Java for the stub server; needed where there are upstreams."""
    try:
        found = java.find()
    except LocalenvError as error:
        return _lacking(error, is_needed=stack is None or bool(stack.upstreams))
    return ok(f"Java {found.version} ({found.program})")


def wiremock(stack: Stack | None) -> Result:
    """The jar of WireMock, or what would fetch it."""
    try:
        found = jar.look()
    except LocalenvError as error:
        return _lacking(error, is_needed=stack is None or bool(stack.upstreams))
    if found is None:
        return ok(f"WireMock {VERSION} will be fetched with npm, once")
    return warning(found.warning, _WHEELS) if found.warning else ok(f"WireMock {found.version} ({found.file})")


def postgres(stack: Stack | None) -> Result:
    """PostgreSQL of this machine, or from a wheel."""
    found = dict.fromkeys(f"{one.version} of {one.source}" for one in installations.installations())
    return ok(", ".join(found)) if found else _no_server("PostgreSQL", "postgres", stack)


def redis_servers(stack: Stack | None) -> Result:
    """Redis or Valkey of this machine, or from a wheel."""
    found = dict.fromkeys(f"{one.title} of {one.source}" for one in redis.servers())
    return ok(", ".join(found)) if found else _no_server("Redis", "redis", stack)


def needs(stack: Stack | None) -> Result | None:
    """Every need of the description has a server here, of its version."""
    if stack is None or not stack.needs:
        return None
    others: list[str] = []
    for need in stack.needs.values():
        kind = kinds.NEEDS.get(need.kind)
        if kind is None:
            return problem(f"{need.name}: {need.kind} runs in Docker only", "use --engine compose")
        try:
            version = kind.version(need, paths.data("doctor", need.name))
        except LocalenvError as error:
            return problem(error.message, error.hint)
        if differs(need.version, version):
            others.append(f"{need.name} would run {version}, not {need.version}")
            if need.strict:
                return problem(others[-1], kind.to_install(need))
    return warning("; ".join(others)) if others else ok(", ".join(stack.needs))


def programs(stack: Stack | None) -> Result | None:
    """Every service has a command here, with the interpreter that it asks for."""
    if stack is None or not stack.of(Role.SERVICE):
        return None
    found = list(_failures(stack))
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        return problem(f"{found[0][0]}{more}", found[0][1])
    return ok(", ".join(one.name for one in stack.of(Role.SERVICE)))


def _failures(stack: Stack) -> Iterator[tuple[str, str]]:
    for one in stack.of(Role.SERVICE):
        if not (one.command or one.entrypoint or (one.native and one.native.command)):
            yield f"{one.name} has no command to run without Docker", f"add `command:` or native: to {one.name}"
            continue
        try:
            setup.check(one)
            checking.check_program(stack, one)
        except LocalenvError as error:
            yield error.message, error.hint


def namespaces(stack: Stack | None) -> Result | None:
    """PostgreSQL does not run as root: it gets a user namespace, or another user."""
    if os.geteuid() != 0 or not _NAMESPACES.exists():
        return None
    allowed = int(_NAMESPACES.read_text().strip() or 0)
    return ok("user namespaces are allowed") if allowed else warning("no user namespaces: root becomes another user")


def _no_server(title: str, kind: str, stack: Stack | None) -> Result:
    is_needed = stack is None or any(one.kind == kind for one in stack.needs.values())
    health = Health.PROBLEM if is_needed and stack is not None else Health.WARNING
    return health, f"no working {title} on this machine", f"{_WHEELS}, or install {kind}"


def _lacking(error: LocalenvError, *, is_needed: bool) -> Result:
    return problem(error.message, error.hint) if is_needed else warning(error.message, error.hint)


CHECKS: Checks = {
    "java": java_runtime,
    "wiremock": wiremock,
    "postgresql": postgres,
    "redis": redis_servers,
    "servers of needs": needs,
    "commands": programs,
    "namespaces": namespaces,
}
