"""How the data of a need gets into a copy of it, by commands of the need's own image."""

from collections.abc import Callable, Mapping

from localenv.needs.images import of, words
from localenv.needs.postgres_quoting import name as quoted
from localenv.needs.postgres_quoting import text
from localenv.stack import Command, Need

ON_SAME_SERVER = frozenset({"postgres", "mariadb", "mysql"})  # kinds of which one server holds several databases

_FILE_COPY_SINCE = 15  # PostgreSQL
_PSQL = ("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname=postgres")

# $0: the other server; databases that a seed made are copied too
_POSTGRES_ACROSS = r"""
set -e -o pipefail
psql -At -d postgres -c "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'" |
while IFS= read -r name; do
  psql -q -h "$0" -d postgres -c "CREATE DATABASE \"$name\"" 2>/dev/null || true
  pg_dump --clean --if-exists -d "$name" | psql -q -h "$0" -d "$name" -v ON_ERROR_STOP=1 >/dev/null
done
"""
# $0: the client, $1: the dumper, $2: the other server, $3: the database there, $4: the one here, then options
_MYSQL = r"""
set -e -o pipefail
client=$0 dumper=$1 there=$2 target=$3 source=$4; shift 4
"$client" --protocol=tcp -h "$there" -u root "$@" -e "DROP DATABASE IF EXISTS \`$target\`; CREATE DATABASE \`$target\`"
"$dumper" --protocol=tcp -h "$MYSQL_HOST" -u root --routines --triggers --events "$@" "$source" |
"$client" --protocol=tcp -h "$there" -u root "$@" "$target"
"""
# $0 and $1: host and port here, $2 and $3: there
_REDIS = r"""
set -e
redis-cli -h "$0" -p "$1" --scan | while IFS= read -r key; do
  redis-cli -h "$0" -p "$1" MIGRATE "$2" "$3" "" 0 5000 COPY REPLACE ${REDISCLI_AUTH:+AUTH "$REDISCLI_AUTH"} \
    KEYS "$key" >/dev/null
done
"""


def database(name: str, copy: str) -> str:
    """The database of a copy on the same server: `orders_w1` for `orders` and `db.w1`."""
    return f"{name}_{copy.rpartition('.')[2]}"


def command(need: Need, copy: Need, *, same_server: bool) -> Command | None:
    """What copies all data of `need` into `copy`, run in the place of `need`; None for a kind that has no such way."""
    found = (_HERE if same_server else _ACROSS).get(need.kind)
    return found(need, copy) if found else None


def _postgres_here(need: Need, copy: Need) -> Command:
    """A copy of the files, 10 ms for 9 MB; nobody may be connected to what is copied."""
    source, target = need.database, copy.database
    said = (
        f"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = {text(target)}",  # noqa: S608 - quoted
        f"DROP DATABASE IF EXISTS {quoted(target)} WITH (FORCE)",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {text(source)}",  # noqa: S608 - quoted
        f"CREATE DATABASE {quoted(target)} TEMPLATE {quoted(source)}{_strategy(need)}",
    )
    return words(*_PSQL, "--output=/dev/null", *(word for statement in said for word in ("--command", statement)))


def _postgres_across(need: Need, copy: Need) -> Command:
    return words("bash", "-c", _POSTGRES_ACROSS, of(copy, "host"))


def _mysql(need: Need, copy: Need) -> Command:
    programs = ("mysql", "mysqldump") if need.kind == "mysql" else ("mariadb", "mariadb-dump")
    options = () if need.kind == "mysql" else ("--skip-ssl-verify-server-cert",)
    return words("bash", "-c", _MYSQL, *programs, of(copy, "host"), copy.database, need.database, *options)


def _redis(need: Need, copy: Need) -> Command:
    return words("bash", "-c", _REDIS, *(of(one, part) for one in (need, copy) for part in ("host", "port")))


def _strategy(need: Need) -> str:
    major = need.version.partition(".")[0].partition("-")[0]
    return "" if major.isdigit() and int(major) < _FILE_COPY_SINCE else " STRATEGY FILE_COPY"


_Copies = Mapping[str, Callable[[Need, Need], Command]]
_HERE: _Copies = {"postgres": _postgres_here, "mariadb": _mysql, "mysql": _mysql}
_ACROSS: _Copies = {"postgres": _postgres_across, "mariadb": _mysql, "mysql": _mysql, "redis": _redis}
