"""The prefix of all variables of a program, as `SHOP_` in `SHOP_DB_HOST`: what follows it says what a variable is."""

import re
from collections.abc import Iterator, Set
from itertools import accumulate

from localenv.importing.repository import backing
from localenv.importing.repository.finds import Finds, FoundVariable

_DECLARED = (
    re.compile(r"\benv_prefix\s*=\s*['\"](\w+)['\"]"),  # pydantic
    re.compile(r"\b(?:SetEnvPrefix|envconfig\.Process)\(\s*\"(\w+)\""),  # viper and envconfig of Go
)
_TABLES = ("DATABASE", "DB")
_OF_NEED = re.compile(
    r"(?P<prefix>[A-Z][A-Z0-9]*_)(?P<need>DATABASE|DB|REDIS|VALKEY|RABBITMQ|AMQP|NATS|MONGO(?:DB)?)_(?P<part>[A-Z]+)"
)
_URL, _HOST = {"URL", "URI", "DSN"}, {"HOST", "ADDR"}
_LOGIN = ({"USER", "USERNAME"}, {"NAME", "DATABASE"})  # what a server with tables is asked with
_OTHERS = re.compile(
    r"(TEST\w*|SHADOW|MONGO|REDIS|NEO4J|INFLUX|CLICKHOUSE|ORACLE|MSSQL|DB)_"
)  # not a need of the program


def detect(finds: Finds) -> None:
    """Set the prefix of each variable that begins with a declared one, or is of one of several needs."""
    _set_declared(finds)
    _set_needs(finds)


def name_shared(finds: Finds) -> None:
    """Name variables that may be of several databases, and lead to the one there is."""
    several = {one.prefix: one.name for one in reversed(finds.variables.values()) if backing.is_database(one.stem)}
    if finds.database and len(several) > 1:
        what = f"{', '.join(sorted(several.values()))}: the same database, {finds.database.name}"
        finds.left_out.append(f"{what}; for several, add a need for each, and refer to that")


def _set_declared(finds: Finds) -> None:
    """Set declared prefixes, except one that is the name of a need or upstream itself."""
    for prefix in _declared(finds):
        known = [one for one in finds.variables.values() if one.name.startswith(prefix) and one.name != prefix]
        names = {one.name: one.name.removeprefix(prefix) for one in known}
        if any(backing.is_address(stem) and not backing.is_address(name) for name, stem in names.items()):
            for one in known:
                one.prefix = prefix


def _set_needs(finds: Finds) -> None:
    """Set the prefix of variables such as `REPORTS_DB_HOST` or `JOBS_REDIS_URL`, where they are a whole address: what
    has no need of its own in the description uses the one of its kind.
    """
    found: dict[tuple[str, str], list[tuple[str, FoundVariable]]] = {}
    for variable in finds.variables.values():
        named = _OF_NEED.fullmatch(variable.stem)
        if named and not _OTHERS.fullmatch(named["prefix"]):
            found.setdefault((named["prefix"], named["need"]), []).append((named["part"], variable))
    for (prefix, need), known in found.items():
        for _, variable in known if _is_whole(need, {part for part, _ in known}) else ():
            variable.prefix += prefix


def _is_whole(need: str, parts: Set[str]) -> bool:
    return bool(parts & _URL) or (bool(parts & _HOST) and (need not in _TABLES or all(parts & one for one in _LOGIN)))


def _declared(finds: Finds) -> Iterator[str]:
    """The prefixes that sources declare, each after its beginnings: settings of a part have a longer one."""
    for _, text in finds.sources:
        for pattern in _DECLARED:
            for prefix in pattern.findall(text):
                yield from accumulate(f"{word}_" for word in prefix.upper().split("_") if word)
