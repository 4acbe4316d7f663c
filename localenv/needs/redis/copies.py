"""Copy the keys of a Redis to another, with its own client."""

from localenv.needs.images import of, words
from localenv.stack import Command, Need

# $0 and $1: source host and port, $2 and $3: target host and port, $4: the Lua script for the source. The password is
# read from standard input, because a command line is visible to every user of this machine
_SCRIPT = r"""
out=$(printf %s "$REDISCLI_AUTH" | redis-cli -h "$0" -p "$1" -x EVAL "$4" 0 "$2" "$3") && [ "$out" = copied ] && exit
printf '%s\n' "$out" >&2
exit 1
"""
_KEYS = """
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


def command(need: Need, copy: Need, *, same_server: bool) -> Command | None:
    """The command to run inside `need`; always copies between two servers."""
    places = (of(one, part) for one in (need, copy) for part in ("host", "port"))
    return words("sh", "-c", _SCRIPT, *places, _KEYS)
