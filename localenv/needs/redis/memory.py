"""Inspect the data in a server's memory."""

from localenv.needs import Memory
from localenv.needs.redis import wire
from localenv.stack import Connection

_SECONDS = 1.0


def look(connection: Connection) -> Memory:
    """The run id of the server, and whether it holds any data; raises NotYet and Refused.

    https://redis.io/docs/latest/commands/info/: `run_id`, and a line for each database that has keys.
    """
    with wire.session(connection, _SECONDS) as asked:
        server, keys = asked.ask_all([("INFO", "server"), ("INFO", "keyspace")])
    facts = dict(line.partition(":")[::2] for line in server.decode().splitlines())
    return Memory(run=facts.get("run_id", ""), is_empty=b"keys=" not in keys)
