"""How the data of a need gets into a copy of it, by commands of the need's own image."""

from collections.abc import Callable, Mapping

from localenv.needs.images import of, words
from localenv.needs.postgres.quoting import name as quoted
from localenv.needs.postgres.quoting import text
from localenv.stack import Command, Need

ON_SAME_SERVER = frozenset({"postgres", "mariadb", "mysql"})  # kinds of which one server holds several databases

_FILE_COPY_SINCE = 15  # PostgreSQL
_PSQL = ("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname=postgres")

# $0 and $1: the other server's host and port; databases that a seed made are copied too
_POSTGRES_ACROSS = r"""
set -e -o pipefail
psql -At0 -d postgres -c "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'" |
while IFS= read -r -d '' name; do
  psql -q -h "$0" -p "$1" -d postgres -v name="$name" <<< 'CREATE DATABASE :"name"' 2>/dev/null || true
  PGDATABASE=$name pg_dump --clean --if-exists |
  PGDATABASE=$name psql -q -h "$0" -p "$1" -v ON_ERROR_STOP=1 >/dev/null
done
"""
# $0: the client, $1: the dumper, $2 and $3: the other server's host and port, $4: an option of both, then what follows
_MYSQL = r"""
set -e -o pipefail
client=$0 dumper=$1 option=$4
here=("$dumper" --protocol=tcp -h "$MYSQL_HOST" -u root --routines --triggers --events ${option:+"$option"})
there=("$client" --protocol=tcp -h "$2" -P "$3" -u root ${option:+"$option"})
shift 4
"""
# $1: the database there, $2: the one here
_MYSQL_HERE = r"""
"${there[@]}" -e "DROP DATABASE IF EXISTS \`$1\`; CREATE DATABASE \`$1\`"
"${here[@]}" "$2" | "${there[@]}" "$1"
"""
# the databases
_MYSQL_ACROSS = r"""
"${here[@]}" --add-drop-database --databases "$@" | "${there[@]}"
"""
# $0 and $1: host and port here, $2 and $3: there, $4: what the server here does
# the password is read from standard input, because a command line could be read by anybody on this machine
_REDIS = r"""
said=$(printf %s "$REDISCLI_AUTH" | redis-cli -h "$0" -p "$1" -x EVAL "$4" 0 "$2" "$3") && [ "$said" = copied ] && exit
printf '%s\n' "$said" >&2
exit 1
"""
_REDIS_KEYS = """
local login = ARGV[3] == '' and {} or {'AUTH', ARGV[3]}
for number in redis.call('INFO', 'keyspace'):gmatch('db(%d+):') do
  redis.call('SELECT', number)
  local cursor = '0'
  repeat
    local found = redis.call('SCAN', cursor, 'COUNT', 100)
    local words = {'MIGRATE', ARGV[1], ARGV[2], '', number, 5000, 'COPY', 'REPLACE'}
    for _, more in ipairs({login, {'KEYS'}, found[2]}) do
      for _, word in ipairs(more) do words[#words + 1] = word end
    end
    if #found[2] > 0 then redis.call(unpack(words)) end
    cursor = found[1]
  until cursor == '0'
end
return 'copied'
"""


def database(name: str, copy: str) -> str:
    """The database of a copy on the same server: `orders_w1` for `orders` and `db.w1`."""
    return f"{name}_{copy.rpartition('.')[2]}"


def command(need: Need, copy: Need, *, same_server: bool) -> Command | None:
    """What copies all data of `need` into `copy`, run in the place of `need`; None where there is no such way."""
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
    return words("bash", "-c", _POSTGRES_ACROSS, of(copy, "host"), of(copy, "port"))


def _mysql_here(need: Need, copy: Need) -> Command:
    return _mysql(need, copy, _MYSQL_HERE, copy.database, need.database)


def _mysql_across(need: Need, copy: Need) -> Command | None:
    return _mysql(need, copy, _MYSQL_ACROSS, *need.databases) if need.databases else None


def _mysql(need: Need, copy: Need, script: str, *databases: str) -> Command:
    programs = ("mysql", "mysqldump") if need.kind == "mysql" else ("mariadb", "mariadb-dump")
    option = "" if need.kind == "mysql" else "--skip-ssl-verify-server-cert"
    there = (of(copy, "host"), of(copy, "port"))
    return words("bash", "-c", _MYSQL + script, *programs, *there, option, *databases)


def _redis(need: Need, copy: Need) -> Command:
    places = (of(one, part) for one in (need, copy) for part in ("host", "port"))
    return words("sh", "-c", _REDIS, *places, _REDIS_KEYS)


def _strategy(need: Need) -> str:
    major = need.version.partition(".")[0].partition("-")[0]
    return "" if major.isdigit() and int(major) < _FILE_COPY_SINCE else " STRATEGY FILE_COPY"


_Copies = Mapping[str, Callable[[Need, Need], Command | None]]
_HERE: _Copies = {"postgres": _postgres_here, "mariadb": _mysql_here, "mysql": _mysql_here}
_ACROSS: _Copies = {
    "postgres": _postgres_across,
    "mariadb": _mysql_across,
    "mysql": _mysql_across,
    "redis": _redis,
}
