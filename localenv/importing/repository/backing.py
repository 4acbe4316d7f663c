"""Needs, by the packages that programs use and the variables that they read."""

import re
from collections.abc import Iterator, Mapping

from localenv.importing import programs, reading
from localenv.importing.repository.finds import Finds, FoundService, FoundVariable
from localenv.importing.repository.migrations import sql_files

_PACKAGES: Mapping[str, re.Pattern[str]] = {
    "postgres": re.compile(
        r"\b(psycopg2?(-binary)?|psycopg\b|asyncpg|pg8000|pg|postgres|@prisma/adapter-pg|pgx|lib/pq|postgresql|Npgsql"
        r"|tokio-postgres|postgrex)\b"
    ),
    "mysql": re.compile(
        r"\b(mysqlclient|pymysql|PyMySQL|aiomysql|asyncmy|mysql2?|mysql-connector[\w-]*|go-sql-driver/mysql|trilogy)\b"
    ),
    "mariadb": re.compile(r"\bmariadb(?:-java-client)?\b(?![.:/])"),
    "redis": re.compile(
        r"\b(redis|ioredis|aioredis|django-redis|go-redis|sidekiq|bullmq?|bull|resque|connect-redis|lettuce-core)\b"
    ),
    "rabbitmq": re.compile(r"\b(pika|aio-pika|amqplib|amqp091-go|bunny|spring-boot-starter-amqp|kombu)\b"),
    "mongo": re.compile(
        r"\b(pymongo|motor|mongoengine|beanie|mongoose|mongodb|connect-mongo|mongoid|mongo-driver|mongo-java-driver)\b"
    ),
    "nats": re.compile(r"\b(nats-py|nats\.go|@nats-io/[\w-]+|nats)\b"),
}
_MANIFESTS = (
    "requirements.txt", "requirements/base.txt", "pyproject.toml", "Pipfile", "setup.py", "Gemfile", "go.mod",
    "pom.xml", "build.gradle", "build.gradle.kts", "Cargo.toml", "mix.exs", "composer.json",
)  # fmt: skip
_INDIRECT = re.compile(r"^.*// indirect$", re.MULTILINE)  # of Go: what packages need, not the program
_SCHEMES: Mapping[str, str] = {
    "postgres": "postgres", "postgresql": "postgres", "mysql": "mysql", "mariadb": "mariadb", "redis": "redis",
    "amqp": "rabbitmq", "nats": "nats", "rediss": "redis", "amqps": "rabbitmq",
    "mongodb": "mongo",
}  # fmt: skip
_NAMED: Mapping[str, re.Pattern[str]] = {
    "postgres": re.compile(r"^(POSTGRES|PG|POSTGRESQL)_?(HOST|URL|URI|DSN|DB|USER|PASSWORD|DATABASE|PORT)"),
    "mysql": re.compile(r"^MYSQL_(HOST|URL|DATABASE|USER)"),
    "mariadb": re.compile(r"^MARIADB_(HOST|URL|DATABASE|USER)"),
    "redis": re.compile(r"^(?:SPRING_(?:DATA_)?)?(REDIS|VALKEY)_(URL|URI|HOST|ADDR)|^CELERY_(BROKER|RESULT)"),
    "rabbitmq": re.compile(r"^(?:SPRING_)?(RABBITMQ|AMQP|RABBIT)_(URL|URI|HOST)|^CLOUDAMQP_URL"),
    "nats": re.compile(r"^NATS_(URL|SERVERS?|HOST)"),
    "mongo": re.compile(r"^(?:SPRING_DATA_)?MONGO(DB)?_?(URL|URI|DSN|HOST|CONNECTION)"),
    "s3": re.compile(r"^(?:AWS_)?(?:S3|MINIO)_(?:ENDPOINT(?:_UR[LI])?|UR[LI])$|^AWS_ENDPOINT_URL_S3$"),
}
_LACKS = {"s3": "; a seed has to make its buckets"}
_KIND = re.compile(r"[\"']?(?:type|dialect)[\"']?\s*:\s*[\"'`](postgres|mysql2?|mariadb)[\"'`]")
_MAPPER = re.compile(r"\b(typeorm|TypeOrm\w*|sequelize|Sequelize\w*)\b")
_MYSQL = re.compile(r"\bAUTO_INCREMENT\b|\bENGINE\s*=|`\w+`", re.IGNORECASE)
_SQLITE = re.compile(r"\bAUTOINCREMENT\b|\bPRAGMA\b", re.IGNORECASE)
_POSTGRES = re.compile(
    r"\b(?:(?:big|small)?serial|timestamptz|jsonb|bytea|uuid)\b|generated \w+ (?:default )?as identity|\$\$",
    re.IGNORECASE,
)
_MOST = 20  # files of SQL to read
_CHOOSES = re.compile(r"^(?:DB|DATABASE|TYPEORM)_(?:CONNECTION|TYPE|DIALECT|DRIVER|CLIENT|ENGINE|ADAPTER)$")
_CHOICES = {"pgsql": "postgres", "postgres": "postgres", "postgresql": "postgres", "pg": "postgres", "mysql": "mysql",
            "mysql2": "mysql", "mariadb": "mariadb"}  # fmt: skip
_DATABASE = re.compile(r"^(DATABASE|DB|SPRING_DATASOURCE)_?(URL|URI|DSN|HOST|NAME)|SQLALCHEMY_DATABASE_UR[IL]$")


def detect(finds: Finds) -> None:
    """Add the needs: by the scheme of a default or example first, then by names, then by packages."""
    _by_address(finds)
    packages = dict(_packages(finds))
    _by_choice(finds)
    _by_mapper(finds)
    for name, variable in finds.variables.items():
        for kind, pattern in _NAMED.items():
            is_redis_alone = kind == "redis" and name.startswith("CELERY") and "rabbitmq" in finds.needs
            if pattern.search(variable.stem) and not is_redis_alone and not (kind in _TABLES and finds.database):
                finds.need(kind, f"{name} in {variable.where}{_LACKS.get(kind, '')}")
    for kind, why in packages.items():
        is_used = kind not in _TABLES or not finds.database
        if is_used and kind not in finds.needs and _is_read(finds, kind):
            finds.need(kind, why)
    _prisma(finds)
    if not finds.database:
        _mapper(finds)
    _other_databases(finds)
    if _is_read(finds, "postgres") and not finds.database and "mongo" not in finds.needs:
        _sql(finds)


_TABLES = ("postgres", "mysql", "mariadb")


def is_address(name: str) -> bool:
    """Whether the name of a variable is that of an address or a part of one, of a database or another need."""
    return is_database(name) or any(pattern.search(name) for pattern in _NAMED.values())


def is_database(name: str) -> bool:
    """Whether the name of a variable is that of the address, or a part of it, of whatever database there is."""
    return _DATABASE.search(name) is not None


def _by_address(finds: Finds) -> None:
    for name, variable in finds.variables.items():
        for value in (variable.default, variable.example):
            scheme = re.match(r"(?:jdbc:)?([a-z]+)(?:\+\w+)?://", value or "")
            if scheme and (kind := _SCHEMES.get(scheme[1])):
                finds.need(kind, f"{name} in {variable.where}")


def _by_choice(finds: Finds) -> None:
    """Add the database that a variable names by its kind, as in `DB_CONNECTION=pgsql`."""
    for name, variable in finds.variables.items():
        kind = _CHOICES.get((variable.example or variable.default or "").lower())
        if kind and _CHOOSES.search(variable.stem) and not finds.database:
            finds.need(kind, f"{name} in {variable.where}")


def _by_mapper(finds: Finds) -> None:
    """Add the database whose kind the settings of TypeORM or Sequelize name, where variables have its address."""
    for file, text in finds.sources if _is_read(finds, "postgres") else ():
        found = _KIND.search(text) if _MAPPER.search(text) else None
        if found and not finds.database:
            finds.need(_CHOICES[found[1]], file.relative_to(finds.home).as_posix())


def _is_read(finds: Finds, kind: str) -> bool:
    """Whether a variable may lead to it: a package alone is no reason to start a server."""
    stems = [one.stem for one in finds.variables.values()]
    if kind in _TABLES:
        return any(_DATABASE.search(stem) for stem in stems)
    is_database = kind == "mongo" and not finds.database and any(_DATABASE.search(stem) for stem in stems)
    return is_database or any(_NAMED[kind].search(stem) for stem in stems)


def _other_databases(finds: Finds) -> None:
    """Add the databases of programs that use another kind than the one that was found for all, or name them."""
    needs, variables = [one for one in _TABLES if one in finds.needs], [*finds.variables.values()]
    known = {"mysql", "mariadb", *needs} if {"mysql", "mariadb"} & {*needs} else {*needs}
    for text, where in _manifests(finds) if needs else ():
        used = {kind: why for kind, why in _of_text(text, where) if kind in _TABLES}
        if used and not known & used.keys():
            kind, why = next(iter(used.items()))
            service = finds.service_at((finds.home / where).parent)
            if service and any(_DATABASE.search(one.stem) and _reads(finds, service, one) for one in variables):
                for other in finds.services.values():
                    other.database = other.database or needs[0]
                service.database = finds.need(kind, why).kind
                continue
            what = f"{why}: it uses {kind}, and the description has {needs[0]} alone"
            finds.left_out.append(f"{what}: add a need of {kind}, and refer to that")


def _reads(finds: Finds, service: FoundService, variable: FoundVariable) -> bool:
    return any(finds.is_of(service, file) for file in variable.readers)


def _mapper(finds: Finds) -> None:
    """Add the database whose kind and address a file of TypeORM or Sequelize has fixed, and name that file."""
    shown = ((file, reading.text(file)) for file in sorted(finds.home.glob("ormconfig*")))
    for file, text in (*shown, *finds.sources):
        is_of_mapper = file.name.startswith("ormconfig") or _MAPPER.search(text)
        found = _KIND.search(text) if is_of_mapper else None
        if found and re.search(r"[\"']?host[\"']?\s*:\s*[\"'`]", text):
            where = file.relative_to(finds.home).as_posix()
            need = finds.need(_CHOICES[found[1]], where)
            why = f"{where}: it names a fixed address of its database"
            finds.left_out.append(f"{why}: read it from variables, as in DB_HOST: ${{{need.name}.host}}")
            return


def _sql(finds: Finds) -> None:
    """Add the database whose SQL a schema is written in, where no package or address says which it is."""
    files = sql_files(finds)
    values = (value for one in finds.variables.values() for value in (one.default, one.example))
    if any("sqlite" in text.lower() for text in (*filter(None, values), *(text for text, _ in _manifests(finds)))):
        return
    text = "\n".join(reading.head(one) for one in files[:_MOST])
    if not files or _SQLITE.search(text):
        return
    where = files[0].relative_to(finds.home).as_posix()
    if _MYSQL.search(text):
        finds.need("mysql", f"the SQL of {where}")
    else:
        why = "" if _POSTGRES.search(text) else ": no package says which database it is for"
        finds.need("postgres", f"the SQL of {where}{why}")


def _packages(finds: Finds) -> Iterator[tuple[str, str]]:
    for text, where in _manifests(finds):
        yield from _of_text(text, where)


def _manifests(finds: Finds) -> Iterator[tuple[str, str]]:
    """The texts that name packages, and where each stands."""
    for folder in finds.folders:
        for name in _MANIFESTS:
            file = folder / name
            if file.is_file():
                yield _INDIRECT.sub("", reading.text(file)), file.relative_to(finds.home).as_posix()
        package = programs.manifest(folder / "package.json")
        depends = package.get("dependencies")
        if isinstance(depends, dict):
            yield "\n".join(depends), (folder / "package.json").relative_to(finds.home).as_posix()


def _of_text(text: str, where: str) -> Iterator[tuple[str, str]]:
    for kind, pattern in _PACKAGES.items():
        if found := pattern.search(text):
            yield kind, f"{found[0]} in {where}"


def _prisma(finds: Finds) -> None:
    for file, text in finds.sources:
        if file.suffix == ".prisma" and (found := re.search(r"provider\s*=\s*\"(postgresql|mysql)\"", text)):
            finds.need(_SCHEMES[found[1]], f"{file.relative_to(finds.home).as_posix()}")
