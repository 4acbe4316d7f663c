"""Copy the data of a MariaDB or MySQL to another, with commands of its own image."""

from localenv.needs.images import of, words
from localenv.needs.mariadb.sql import program
from localenv.stack import Command, Need

# $0: the client, $1: the dumper, $2 and $3: the target server's host and port, $4: an option of both, then further
# arguments
_CLIENTS = r"""
set -e -o pipefail
client=$0 dumper=$1 option=$4
here=("$dumper" --protocol=tcp -h "$MYSQL_HOST" -u root --routines --triggers --events ${option:+"$option"})
there=("$client" --protocol=tcp -h "$2" -P "$3" -u root ${option:+"$option"})
shift 4
"""
# $1: the target database, $2: the source
_HERE = r"""
"${there[@]}" -e "DROP DATABASE IF EXISTS \`$1\`; CREATE DATABASE \`$1\`"
"${here[@]}" "$2" | "${there[@]}" "$1"
"""
# databases that a seed created are copied too
_ACROSS = r"""
every="SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT LIKE 'localenv\\_%'
  AND schema_name NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')"
mapfile -t names < <(
  "$client" --protocol=tcp -h "$MYSQL_HOST" -u root ${option:+"$option"} --skip-column-names --raw -e "$every"
)
[ ${#names[@]} = 0 ] || "${here[@]}" --add-drop-database --databases "${names[@]}" | "${there[@]}"
"""


def command(need: Need, copy: Need, *, same_server: bool) -> Command | None:
    """The command to run inside `need`."""
    if same_server:  # the two databases
        return _dumped(need, copy, _HERE, copy.database, need.database)
    return _dumped(need, copy, _ACROSS)


def _dumped(need: Need, copy: Need, script: str, *databases: str) -> Command:
    option = "" if need.kind == "mysql" else "--skip-ssl-verify-server-cert"
    there = (of(copy, "host"), of(copy, "port"))
    return words("bash", "-c", _CLIENTS + script, program(need), program(need, "dump"), *there, option, *databases)
