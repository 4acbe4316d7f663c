"""MariaDB as a process on this machine, from a local installation."""

import os
from hashlib import sha256
from pathlib import Path

from localenv import process
from localenv.engines import Deployment, Say
from localenv.engines.native import folders
from localenv.engines.native.environment import owned, way
from localenv.engines.native.kinds import installed, versions
from localenv.engines.native.program import Program, Room
from localenv.errors import EngineError
from localenv.host import files
from localenv.needs.mariadb.insert import name as quoted
from localenv.needs.mariadb.relations import text
from localenv.paths import caches
from localenv.process import Invocation
from localenv.stack import Need, Reader, Service

PACKAGE = "mariadb-server"

_FORMAT = 1  # of the cache
_SERVERS, _INSTALLERS = ("mariadbd", "mysqld"), ("mariadb-install-db", "mysql_install_db")


def program(deployment: Deployment, service: Service, room: Room, say: Say) -> Program:
    """Run the server with settings for temporary data; users and database are created at its start."""
    need = deployment.stack.needs[service.name]
    server = _server(need)
    running = version(need, room.data)
    data = room.data.resolve()
    if not (data / "mysql").is_dir():
        folders.clone(_template(need, server, running, say, deployment.identity), data)
    first = data / "first.sql"
    files.write(first, _first(need, deployment.resolution.password(need.name)))
    arguments = deployment.resolution.argv(service.command or (), Reader.INSIDE, service.name)[1:]
    place = (f"--datadir={data}", f"--bind-address={room.host}", f"--port={room.port}", f"--init-file={first}")
    # a relative path, because an absolute one could be too long for a socket
    apart = ("--socket=mysql.sock", f"--pid-file={data}/mysql.pid", f"--tmpdir={data}", "--skip-name-resolve")
    root = ("--user=root",) if os.geteuid() == 0 else ()
    return Program(
        argv=(str(server), "--no-defaults", *arguments, *place, *apart, *root),
        environment=way(),
        folder=data,
        version=running,
        detail=versions.difference(need, running),
        background=folders.bounded(caches.databases("mariadb")),
    )


def client_path(need: Need, data: Path) -> tuple[Path, ...]:
    """The folder of its client."""
    return (installed.program(need, ("mariadb", "mysql"), "mariadb-client").parent,)


def version(need: Need, data: Path) -> str:
    """The version that the server reports."""
    return installed.version(_server(need), "--version")


def to_install(need: Need) -> str:
    """The system's package."""
    return versions.to_install(need, "MariaDB")


def _server(need: Need) -> Path:
    return installed.program(need, _SERVERS, PACKAGE)


def _first(need: Need, password: str) -> str:
    """The statements of the official image's setup, one per line. They can run twice."""
    secret = text(password)
    # default accounts can log in without a password
    strangers = "User = '' OR User = 'root' AND Host NOT IN ('localhost', '%')"
    lines = ["SET NAMES utf8mb4"]
    lines += [f"DELETE FROM mysql.global_priv WHERE {strangers}", "FLUSH PRIVILEGES"]  # noqa: S608 - a constant
    for user in dict.fromkeys(("root", need.user)):
        for host in ("%", "localhost"):
            lines.append(f"CREATE USER IF NOT EXISTS {text(user)}@'{host}'")
            lines.append(f"ALTER USER {text(user)}@'{host}' IDENTIFIED BY {secret}")
    lines += [f"GRANT ALL PRIVILEGES ON *.* TO 'root'@'{host}' WITH GRANT OPTION" for host in ("%", "localhost")]
    if need.database:
        name = quoted(need.database)
        lines += [f"CREATE DATABASE IF NOT EXISTS {name}"]
        lines += [f"GRANT ALL PRIVILEGES ON {name}.* TO {text(need.user)}@'{host}'" for host in ("%", "localhost")]
    return "".join(f"{line};\n" for line in lines)


def _template(need: Need, server: Path, version: str, say: Say, owner: str) -> Path:
    """The cached empty data."""
    about = (_FORMAT, str(server), version, server.stat().st_mtime_ns)

    def make(data: Path) -> None:
        say(f"initialising MariaDB {version}, once for this machine")
        installer = installed.program(need, _INSTALLERS, PACKAGE)
        root = ("--user=root",) if os.geteuid() == 0 else ()
        options = (f"--datadir={data}", "--skip-test-db", "--auth-root-authentication-method=normal", *root)
        invocation = Invocation(argv=(str(installer), "--no-defaults", *options), environment=owned(owner))
        done = process.run(invocation)
        if done.code != 0:
            raise EngineError(f"{need.name}: initialising MariaDB failed", log=done.lines[-20:])

    return folders.made_once(
        caches.database("mariadb", sha256(repr(about).encode()).hexdigest()[:16]), make, f"MariaDB {version}, empty"
    )
