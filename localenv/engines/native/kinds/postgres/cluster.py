"""A database cluster in a folder: cloned from a cached one, or an existing one that is recovered."""

import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from localenv import paths, process
from localenv.engines import Say
from localenv.engines.native import folders
from localenv.engines.native.environment import owned
from localenv.engines.native.kinds.postgres import password as passwords
from localenv.engines.native.kinds.postgres.installations import Installation
from localenv.engines.native.program import Program
from localenv.engines.native.scripts import unprivileged
from localenv.errors import EngineError
from localenv.host import waiting
from localenv.needs.postgres.quoting import name as quoted
from localenv.needs.postgres.quoting import refusal
from localenv.paths import caches
from localenv.process import Completed, Invocation
from localenv.stack import Need

_FORMAT = 2  # of the cache
_SETS = 16  # the first version whose initdb takes settings
_MEMORY = "dynamic_shared_memory_type=mmap"  # in its folder: a killed server leaves nothing elsewhere
_CHECKSUMS = 18  # the first version with page checksums by default
_LOCALES = ("en_US.UTF-8", "C.UTF-8", "C")  # the first is that of the official image
_QUICK = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")
_MADE = ("postgres", "template0", "template1")  # by initdb
_FULL = "No space left on device"
_GONE = 2.0  # seconds for killed processes to exit
_LOGIN = "host {} all 127.0.0.1/32 scram-sha-256\n"


def provide(
    installation: Installation, need: Need, password: str, data: Path, say: Say, owner: str
) -> tuple[Program, ...]:
    """Create a cluster in `data` that the user can log in to; returns programs that speed up the next start.

    Its programs belong to the environment `owner`. Raises EngineError with PostgreSQL's message.
    """
    if (data / "PG_VERSION").is_file():
        recover(data)
        if not passwords.is_set(data, password):
            _set_password(installation, need, password, data, owner)
        return ()
    template = _template(installation, need, say, owner)
    folders.take(template, data)
    if not passwords.replace(data, password):
        _set_password(installation, need, password, data, owner)
    return (folders.spare(template), *folders.bounded(template.parent))


def version(data: Path) -> int | None:
    """The version of the data in a folder; None if there is none."""
    try:
        return int((data / "PG_VERSION").read_text())
    except (OSError, ValueError):
        return None


def recover(data: Path) -> None:
    """End servers that a killed run left on this data, and remove their lock files."""
    for pid in _left_running(data):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    waiting.until(lambda: not _left_running(data), within=_GONE)
    if sys.platform == "linux":  # elsewhere the server itself checks for the process
        (data / "postmaster.pid").unlink(missing_ok=True)


def _left_running(data: Path) -> set[int]:
    """The servers that run in this folder."""
    found = set()
    for process_ in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process_ / "cwd").readlink() == data and "postgres" in (process_ / "comm").read_text():
                found.add(int(process_.name))
    return found


def _template(installation: Installation, need: Need, say: Say, owner: str) -> Path:
    """The cached cluster with this user and database."""
    program = installation.bin / "postgres"
    about = (_FORMAT, str(program), installation.version, program.stat().st_mtime_ns, need.user, need.database)

    def make(cluster: Path) -> None:
        say(f"initialising PostgreSQL {installation.version}, once for this machine")
        _initialise(installation, need, cluster, owner)

    return folders.made_once(
        caches.database("postgres", sha256(repr(about).encode()).hexdigest()[:16]), make, _about(installation, need)
    )


def _about(installation: Installation, need: Need) -> str:
    return f"PostgreSQL {installation.version}, empty, user {need.user}, database {need.database or 'postgres'}"


def _initialise(installation: Installation, need: Need, cluster: Path, owner: str) -> None:
    cluster.mkdir(mode=0o700)
    password = cluster.parent / "password"
    password.write_text("replaced in every copy\n")
    options: tuple[str, ...] = (
        f"--username={need.user}",
        f"--pwfile={password}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
    )
    if installation.major >= _SETS:
        options += (f"--set={_MEMORY}",)
    if installation.major >= _CHECKSUMS:
        options += ("--no-data-checksums",)  # a password is patched into a page
    for locale in _LOCALES:
        more = (f"--locale={locale}", "--lc-messages=C", "--no-sync", "--wal-segsize=1")
        done = _run(installation, cluster, owner, "initdb", "-D", str(cluster), *options, *more)
        if done.code == 0:
            break
    else:
        hint = _space(cluster, done.lines) or refusal(need.user)  # of an image, perhaps
        raise EngineError(f"{need.name}: initialising PostgreSQL failed", hint=hint, log=done.lines[-20:])
    (cluster / "pg_hba.conf").write_text("".join(map(_LOGIN.format, ("all", "replication"))))
    if need.database and need.database not in _MADE:
        _statement(installation, cluster, owner, f"CREATE DATABASE {_name(need.database)}")


def _set_password(installation: Installation, need: Need, password: str, data: Path, owner: str) -> None:
    _statement(installation, data, owner, f"ALTER ROLE {_name(need.user)} PASSWORD {_text(password)}")


def _statement(installation: Installation, cluster: Path, owner: str, statement: str) -> None:
    """Run one statement in the server's single-user mode, without connections."""
    argv = ("--single", "-j", "-D", str(cluster), *_QUICK, "-c", _MEMORY, "template1")
    done = _run(installation, cluster, owner, "postgres", *argv, stdin=f"{statement};\n\n".encode())
    failed = [line for line in done.lines if "ERROR:" in line or "FATAL:" in line]
    if done.code != 0 or failed:
        hint = _space(cluster, failed)
        raise EngineError("preparing the data of PostgreSQL failed", hint=hint, log=failed or done.lines[-20:])


def _space(cluster: Path, lines: Sequence[str]) -> str:
    """The hint for a disk that is full."""
    if not any(_FULL in line for line in lines):
        return ""
    folder, variable = next((one for one in paths.movable().items() if cluster.is_relative_to(one[0])), (cluster, ""))
    return f"free some space on the disk of {folder}" + (f", or set {variable} to use another" if variable else "")


def _run(
    installation: Installation, cluster: Path, owner: str, program: str, *arguments: str, stdin: bytes | None = None
) -> Completed:
    argv = unprivileged.argv(cluster.parent if program == "initdb" else cluster, installation.bin / program, *arguments)
    feed = None if stdin is None else [stdin]
    return process.run(Invocation(argv=argv, environment=owned(owner) | {"LC_MESSAGES": "C"}), stdin=feed)


def _name(text: str) -> str:
    """An identifier on one line, because an empty line may end the statement."""
    escaped = quoted(text.replace("\\", "\\\\")).replace("\n", "\\000a")
    return f"U&{escaped}"


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")
    return f"E'{escaped}'"
