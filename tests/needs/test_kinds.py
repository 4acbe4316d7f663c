"""Properties of a kind, without an engine."""

import inspect
from dataclasses import replace

import pytest

from localenv.needs import Copies, Snapshots, Sql, bare_clients, mariadb, postgres
from localenv.needs.kinds import KINDS, without_client_settings
from localenv.stack import Need, Port
from localenv.stack.references import literal

DB = Need(name="db", kind="mysql", version="8.4", user="orders", databases=("orders", "it's `b`"))
every_kind = pytest.mark.parametrize("kind", sorted(KINDS))
every_kind_with_a_login = pytest.mark.parametrize("kind", sorted(name for name, kind in KINDS.items() if kind.login))


def rendered(need: Need) -> dict[str, str]:
    service = KINDS[need.kind].service(need, Port(name=need.name, target=1))
    return {name: str(value) for name, value in service.environment.items()}


@every_kind
def test_a_capability_offers_all_of_its_protocol_with_its_parameters(kind: str) -> None:
    module = KINDS[kind]
    parts = {Sql: module.sql, Snapshots: module.snapshots, Copies: module.copies}
    for protocol, part in parts.items():
        if part is not None:
            _check(protocol, part)


def _check(protocol: type, part: object) -> None:
    assert all(hasattr(part, name) for name in protocol.__annotations__)
    for name, promised in inspect.getmembers(protocol, inspect.isfunction):
        if not name.startswith("_"):
            wanted = list(inspect.signature(promised).parameters)[1:]
            assert list(inspect.signature(getattr(part, name)).parameters) == wanted, name


@every_kind_with_a_login
def test_a_kind_with_a_login_takes_the_password_by_reference(kind: str) -> None:
    module = KINDS[kind]
    need = Need(name="db", kind=kind, version="1", user="u", password=literal("x"), databases=("d",))
    service = module.service(need, Port(name="db", target=1))
    words = " ".join(map(str, (*service.environment.values(), *(service.command or ()))))
    assert "${db.password}" in words


def test_mysql_is_told_in_its_own_words() -> None:
    assert rendered(DB) == {
        "MYSQL_ROOT_PASSWORD": "${db.password}",
        "MYSQL_DATABASE": "orders",
        "MYSQL_USER": "orders",
        "MYSQL_PASSWORD": "${db.password}",
    }
    module = KINDS["mysql"]
    assert str(module.client.command(DB)[0]) == "mysql"
    assert module.service(DB, Port(name="db", target=1)).own_healthcheck[0] == "mysqladmin"


def test_root_is_not_made_a_second_time() -> None:
    root = replace(DB, kind="mariadb", user="root", databases=())
    assert rendered(root) == {"MARIADB_ROOT_PASSWORD": "${db.password}"}
    assert mariadb.sql.initial(root) == ""


def test_names_in_sql_are_quoted() -> None:
    assert "CREATE DATABASE IF NOT EXISTS `it's ``b```;" in mariadb.sql.initial(DB)
    assert "TO 'o''b\\\\'@'%'" in mariadb.sql.initial(replace(DB, user="o'b\\"))
    odd = replace(DB, kind="postgres", databases=("a", 'it\'s "b"'), extensions=("uuid-ossp",))
    assert '\'CREATE DATABASE "it\'\'s ""b"""\'' in postgres.sql.initial(odd)
    assert 'CREATE EXTENSION IF NOT EXISTS "uuid-ossp";' in postgres.sql.initial(odd)
    copy = [str(word) for word in postgres.sql.table(odd, "public.Order", ('say "x"',))]
    assert any(word.startswith('COPY "public"."Order" ("say ""x""") FROM STDIN') for word in copy)


def test_postgres_without_a_database_makes_none_and_puts_extensions_into_the_template() -> None:
    bare = Need(name="db", kind="postgres", version="17", user="orders", extensions=("citext",))
    assert rendered(bare)["POSTGRES_DB"] == "postgres"
    assert postgres.sql.initial(bare).startswith('\\connect "template1"')


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ('psql:<stdin>:7: NOTICE:  x\npsql:<stdin>:12: ERROR:  no "t"\nLINE 1: a\n', (12, 'no "t"')),
        ("ERROR:  bad\nCONTEXT:  COPY t, line 4, column id: x\n", (4, "bad")),
        ("ERROR:  twice\nDETAIL:  Key (id)=(1) already exists.\nCONTEXT:  COPY t, line 2\n", None),
        ('ERROR:  relation "t" does not exist\n', (None, 'relation "t" does not exist')),
        ("psql: error: connection to server failed: FATAL:  no\n", (None, "connection to server failed: FATAL:  no")),
        ("Killed\n", (None, "Killed")),
        ("", (None, "")),
    ],
)
def test_what_psql_prints_is_understood(output: str, expected: tuple[int | None, str] | None) -> None:
    assert postgres.sql.culprit(output) == (expected or (2, "twice (Key (id)=(1) already exists)"))


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("--------------\nSELECT x\n--------------\n\nERROR 1054 (42S22) at line 6: Unknown 'x'\n", (6, "Unknown 'x'")),
        ("ERROR 1045 (28000): Access denied\n", (None, "Access denied")),
        ("ERROR at line 3: Unknown command '\\q'.\n", (3, "Unknown command '\\q'.")),
        ("", (None, "")),
    ],
)
def test_what_the_client_of_mariadb_prints_is_understood(output: str, expected: tuple[int | None, str]) -> None:
    assert mariadb.sql.culprit(output) == expected


@pytest.mark.parametrize("kind", ["mariadb", "mysql"])
def test_clients_of_mysql_read_no_file_of_the_machines_or_its_users(kind: str) -> None:
    need = Need(name="db", kind=kind, version="11", user="orders", databases=("orders",))
    module = KINDS[kind]
    for command in (module.client.command(need), module.sql.client(need), module.sql.table(need, "t", ("c",))):
        assert str(command[1]) == "--no-defaults"  # it works only as the first option
    assert ("MYSQL_TEST_LOGIN_FILE" in module.variables(need)) is (kind == "mysql")


@pytest.mark.parametrize(
    ("kind", "option"), [("postgres", "--no-psqlrc"), ("mariadb", "--no-defaults"), ("mongo", "--norc")]
)
def test_a_client_reads_no_file_of_the_users_home(kind: str, option: str) -> None:
    need = Need(name="db", kind=kind, version="1", user="anna")

    client = KINDS[kind].client

    assert client is not None
    assert option in [*map(str, client.command(need))]


def test_what_configures_clients_is_left_out_and_everything_else_is_kept() -> None:
    theirs = {"PGHOSTADDR": "10.0.0.1", "MYSQL_HOST": "prod", "REDISCLI_AUTH": "x", "PATH": "/bin", "PGDATA": "/pg"}

    assert without_client_settings(theirs, ["postgres"]).keys() == theirs.keys() - {"PGHOSTADDR"}
    files = {"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"}  # which would be read from the user's home
    assert without_client_settings(theirs, KINDS).keys() == {"PATH", "PGDATA"} | files


@pytest.mark.parametrize(
    ("kind", "argv", "added"),
    [
        ("mariadb", ["mariadb", "-e", "select 1"], ["--no-defaults", "--user=orders", "--database=orders"]),
        ("mariadb", ["mysql"], ["--no-defaults", "--user=orders", "--database=orders"]),
        ("mysql", ["mysql", "-u", "root"], ["--no-defaults", "--user=orders", "--database=orders"]),
        ("mariadb", ["mariadb", "--defaults-file=/x"], []),
        ("mariadb", ["mariadb-dump", "orders"], ["--no-defaults", "--user=orders"]),
        ("mariadb", ["sh", "-c", "mariadb"], []),
        ("redis", ["redis-cli", "ping"], ["-h", "-p"]),
        ("postgres", ["psql", "-c", "select 1"], []),  # its variables say it
    ],
)
def test_the_bare_client_of_a_need_gets_its_login_and_database(kind: str, argv: list[str], added: list[str]) -> None:
    need = Need(name="db", kind=kind, version="11", user="orders", databases=("orders",))

    options = [*map(str, bare_clients.options(need, argv))]

    assert set(added) <= set(options)
    assert options[:1] == added[:1]
