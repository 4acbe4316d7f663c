"""MariaDB, and MySQL for a need of kind `mysql`."""

from collections.abc import Mapping

from localenv.needs import Client, Kind, Login
from localenv.needs.images import image, joined, kept, of, words
from localenv.needs.mariadb import copies, search, snapshots, sql, wire
from localenv.needs.settings import own
from localenv.stack import Connection, Need, Port, Probe, ProbeKind, Role, Service, Template
from localenv.stack.references import literal

_CLIENT_SETTINGS = frozenset({
    "MYSQL_HOST", "MYSQL_TCP_PORT", "MYSQL_UNIX_PORT", "MYSQL_PWD", "MYSQL_HOME", "MYSQL_GROUP_SUFFIX",
    "MYSQL_TEST_LOGIN_FILE", "MARIADB_HOST", "MARIADB_TCP_PORT", "MARIADB_UNIX_PORT", "MARIADB_HOME",
    "MARIADB_GROUP_SUFFIX", "MARIADB_TLS_DISABLE_PEER_VERIFICATION", "LIBMYSQL_PLUGINS", "LIBMYSQL_PLUGIN_DIR",
    "LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN",
})  # fmt: skip
_SERVER_SETTINGS = own(
    "bind_address", "datadir", "socket", "pid_file", "init_file", "tmpdir", "user", "log_error", "skip_networking",
    "skip_name_resolve", "defaults_file", "defaults_extra_file", port="use port: of the need",
)  # fmt: skip

_TOOLS = ("dump", "import", "admin", "check", "show")
_BARE = {
    **dict.fromkeys(("mariadb", "mysql"), sql.shell),
    **dict.fromkeys((f"{prefix}{one}" for prefix in ("mariadb-", "mysql") for one in _TOOLS), sql.tool),
}

_SETTINGS = ("--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--sync-binlog=0", "--skip-log-bin")


def service(need: Need, port: Port) -> Service:
    """Run the official image of either; root and the user have the same password."""
    prefix = "MYSQL" if need.kind == "mysql" else "MARIADB"
    login_variables = {"ROOT_PASSWORD": of(need, "password")}
    if need.database:
        login_variables["DATABASE"] = literal(need.database)
    if need.user != "root":  # the images refuse to create root
        login_variables |= {"USER": literal(need.user), "PASSWORD": of(need, "password")}
    options = (joined(f"--{name}=", value) for name, value in need.settings.items())
    at = (f"--port={need.port}",) if need.port else ()
    return Service(
        name=need.name,
        role=Role.NEED,
        image=image(need, need.kind),
        command=words("mysqld" if need.kind == "mysql" else "mariadbd", *_SETTINGS, *options, *at),
        environment={f"{prefix}_{name}": value for name, value in login_variables.items()},
        port=port,
        probe=Probe(kind=ProbeKind.NEED),
        volumes=kept(need, "/var/lib/mysql"),
        # while the image creates the database, its server listens only on a socket file
        own_healthcheck=(sql.program(need, "admin"), "ping", "--protocol=tcp", "--host=127.0.0.1", "--silent", *at),
        at=need.at,
    )


def ready(connection: Connection) -> None:
    """Return when it accepts the login to the database; raise NotYet otherwise, within a second."""
    wire.log_in(connection)


def variables(need: Need) -> Mapping[str, Template]:
    """The variables of its clients; none of them reads a user name."""
    found = {"MYSQL_HOST": of(need, "host"), "MYSQL_TCP_PORT": of(need, "port"), "MYSQL_PWD": of(need, "password")}
    # the one user file that `--no-defaults` does not exclude for MySQL's clients
    return found | ({"MYSQL_TEST_LOGIN_FILE": literal("/nonexistent/.mylogin.cnf")} if need.kind == "mysql" else {})


KIND = Kind(
    version="11",
    port=3306,
    scheme="mysql",
    has_databases=True,
    login=Login(),
    client=Client(command=sql.shell, bare=_BARE),
    client_settings=_CLIENT_SETTINGS,
    sql=sql,
    snapshots=snapshots,
    copies=copies,
    settings=_SERVER_SETTINGS,
    search=search.search,
    service=service,
    ready=ready,
    variables=variables,
)
