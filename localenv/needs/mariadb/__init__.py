"""MariaDB, and MySQL where the description says `mysql`."""

import re
from collections.abc import Iterable, Iterator, Mapping

from localenv.needs import Tables, any_user
from localenv.needs.images import image, kept, of, words
from localenv.needs.mariadb import insert, snapshots, wire
from localenv.needs.mariadb.relations import text
from localenv.stack import Command, Connection, Need, Port, Probe, ProbeKind, Role, Service, Template
from localenv.stack.references import literal

VERSION = "11"
PORT = 3306
SCHEME = "mysql"
HAS_LOGIN = True
HAS_USERS = True
HAS_DATABASES = True
CLIENT_REACHES = True
CLIENT_SETTINGS = frozenset({
    "MYSQL_HOST", "MYSQL_TCP_PORT", "MYSQL_UNIX_PORT", "MYSQL_PWD", "MYSQL_HOME", "MYSQL_GROUP_SUFFIX",
    "MYSQL_TEST_LOGIN_FILE", "MARIADB_HOST", "MARIADB_TCP_PORT", "MARIADB_UNIX_PORT", "MARIADB_HOME",
    "MARIADB_GROUP_SUFFIX", "MARIADB_TLS_DISABLE_PEER_VERIFICATION", "LIBMYSQL_PLUGINS", "LIBMYSQL_PLUGIN_DIR",
    "LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN",
})  # fmt: skip
TABLES: Tables | None = Tables(booleans=("0", "1"), batch=500)
RESTORES = True
remember, restore, forget = snapshots.remember, snapshots.restore, snapshots.forget
refusal = any_user.refusal

_SETTINGS = ("--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--sync-binlog=0", "--skip-log-bin")
_FAILED = re.compile(
    r"^ERROR(?: \d+)?(?: \(\w+\))?(?: at line (?P<line>\d+))?(?: in file: '.*?')?: (?P<reason>.*)", re.M
)


def service(need: Need, port: Port) -> Service:
    """The official image of either; root and the user have one password."""
    prefix = "MYSQL" if need.kind == "mysql" else "MARIADB"
    said = {"ROOT_PASSWORD": of(need, "password")}
    if need.database:
        said["DATABASE"] = literal(need.database)
    if need.user != "root":  # the images refuse to make root
        said |= {"USER": literal(need.user), "PASSWORD": of(need, "password")}
    return Service(
        name=need.name,
        role=Role.NEED,
        image=image(need, need.kind),
        command=words("mysqld" if need.kind == "mysql" else "mariadbd", *_SETTINGS),
        environment={f"{prefix}_{name}": value for name, value in said.items()},
        port=port,
        probe=Probe(kind=ProbeKind.NEED),
        volumes=kept(need, "/var/lib/mysql"),
        # while the image makes the database its server listens on a socket file only
        healthcheck=(_program(need, "admin"), "ping", "--protocol=tcp", "--host=127.0.0.1", "--silent"),
        at=need.at,
    )


def ready(connection: Connection) -> None:
    """Return when it lets the user into the database; raise NotYet otherwise, within a second."""
    wire.log_in(connection)


def variables(need: Need) -> Mapping[str, Template]:
    """What its clients read; none of them reads a user."""
    found = {"MYSQL_HOST": of(need, "host"), "MYSQL_TCP_PORT": of(need, "port"), "MYSQL_PWD": of(need, "password")}
    # the one file of a user's that `--no-defaults` does not keep MySQL's clients from
    return found | ({"MYSQL_TEST_LOGIN_FILE": literal("/nonexistent/.mylogin.cnf")} if need.kind == "mysql" else {})


def client(need: Need) -> Command:
    """Its shell, for a process that has `variables`."""
    return _client(need, need.user)


def initial(need: Need) -> str:
    """Further databases, and every right for the user, to whom the images give one database only."""
    grants = f"GRANT ALL PRIVILEGES ON *.* TO {text(need.user)}@'%' WITH GRANT OPTION;\n"
    makes = [f"CREATE DATABASE IF NOT EXISTS {insert.name(database)};\n" for database in need.databases[1:]]
    return ("" if need.user == "root" else grants) + "".join(makes)


def sql(need: Need) -> Command | None:
    """Statements one by one, as root: before `initial` the user may not make databases."""
    return _client(need, "root")


def table(need: Need, table: str, columns: tuple[str, ...]) -> Command | None:
    """Statements again: LOAD DATA LOCAL would make warnings of errors."""
    return _client(need, "root", "--binary-mode")  # else a line in a field would lose its carriage return


def rows(table: str, columns: tuple[str, ...], csv: Iterable[bytes], batch: int) -> Iterator[bytes]:
    """INSERT statements of `batch` rows in one transaction."""
    return insert.statements(table, columns, csv, batch)


def culprit(output: str) -> tuple[int | None, str]:
    """The line on which the statement that failed begins, and the server's reason."""
    failed = _FAILED.search(output)
    if not failed:
        return None, output.strip().splitlines()[-1].strip() if output.strip() else ""
    return int(failed["line"]) if failed["line"] else None, failed["reason"]


def _client(need: Need, user: str, *options: str) -> Command:
    database = (f"--database={need.database}",) if need.database else ()
    # a password out of the environment counts as none, and that as a reason to warn
    quiet = () if need.kind == "mysql" else ("--skip-ssl-verify-server-cert",)
    login = ("--protocol=tcp", f"--user={user}", "--default-character-set=utf8mb4")
    # no .my.cnf of this machine or its user; it has to be the first option
    return words(_program(need), "--no-defaults", *login, *quiet, *options, *database)


def _program(need: Need, tool: str = "") -> str:
    if need.kind == "mysql":
        return f"mysql{tool}"
    return f"mariadb-{tool}" if tool else "mariadb"
