"""What makes the schema: Alembic, Django, Prisma, Rails, Laravel, scripts of Node, Flyway, golang-migrate, SQL."""

import os
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from localenv.importing import programs, reading
from localenv.importing.repository import procfile
from localenv.importing.repository.finds import Finds, FoundJob, FoundNeed, FoundService
from localenv.needs.kinds import KINDS

_SQL = ("db/migrations", "migrations", "db/migrate", "database/migrations", "sql", "db/sql", "schema", "db", "database")
_SEEDS = ("seeds", "db/seeds", "seed", "db/seed", "fixtures/sql")
_FLYWAY = ("src/main/resources/db/migration", "db/migration", "flyway/sql", "sql/migrations")
_SQLITE = re.compile(r"backends\.sqlite3|adapter:\s*sqlite3|provider\s*=\s*\"sqlite\"")
_SCRIPTS = (
    "db:migrate",
    "migrate",
    "migration:run",
    "migrations:run",
    "migrate:latest",
    "migrate:up",
    "migrate:deploy",
)
_MAPPERS = frozenset({
    "typeorm", "drizzle-orm", "sequelize", "knex", "kysely", "@mikro-orm/core", "node-pg-migrate", "db-migrate",
    "umzug",
})  # fmt: skip
_UNDOES = re.compile(r"^--\s*(\+goose Down|\+migrate Down|migrate:down)\b", re.MULTILINE)
_RUNS_THEM = re.compile(  # https://docs.rs/sqlx/latest/sqlx/macro.migrate.html and its like
    r"\bsqlx::migrate!|\bembed_migrations!|\bembedded::migrations\b|\bmigrate\.(New|NewWith\w+)\(|\bgoose\.(Up|UpContext|NewProvider)\("
)
_VERSION = re.compile(r"\d+")


def detect(finds: Finds) -> None:
    """Add the migration of the database, by the first tool there is, and seeds of SQL."""
    need = finds.database
    if need is None:
        _detect_in_a_file(finds)
        return
    waiting = [one for one in finds.needs.values() if KINDS[one.kind].has_databases]
    for title, tool in _TOOLS.items():
        found = tool(finds) if waiting else None
        if found is not None and (own := _need_of(finds, found)) in waiting:
            own.migrate += found
            own.why += f"; {title}"
            procfile.drop_release(finds, found)
            waiting.remove(own)
    for name in _SEEDS:
        if any((finds.home / name).glob("*.sql")):
            need.seed.append(_shown(finds, finds.home / name / "*.sql"))
            break


def _need_of(finds: Finds, steps: list[object]) -> FoundNeed:
    """The database that steps are for: that of their service."""
    names = (one["service"] for one in steps if isinstance(one, dict) and "service" in one)
    need = finds.database_of(finds.services.get(next(names, "")))
    assert need is not None
    return need


def _detect_in_a_file(finds: Finds) -> None:
    """Add the migration of a database that is a file of the program as a job."""
    for title in ("Django", "Rails", "Prisma"):
        found = _TOOLS[title](finds) if _has_file(finds) else None
        for one in found or ():
            if isinstance(one, dict):
                why = f"{title}; SQLite keeps its file in the folder of the service"
                finds.jobs.setdefault("migrate", FoundJob(command=one["command"], service=one["service"], why=why))
                return


def _has_file(finds: Finds) -> bool:
    return any(_SQLITE.search(text) for _, text in finds.sources)


def _alembic(finds: Finds) -> list[object] | None:
    below = (
        file.parent
        for service in finds.services.values()
        for pattern in ("*/alembic.ini", "*/*/alembic.ini")
        for file in sorted(service.folder.glob(pattern))
        if not any(part.startswith(".") for part in file.relative_to(service.folder).parts)
    )
    for folder in dict.fromkeys((*finds.folders, *below)):
        service = _of(finds, folder)
        if (folder / "alembic.ini").is_file() and service and not _does(service, "alembic"):
            return [{"command": _alembic_from(service, folder), "service": service.name}]
        if (folder / "alembic.ini").is_file():
            return None
    return None


def _alembic_from(service: FoundService, folder: Path) -> str:
    """The command, which starts in the folder of the service."""
    if folder == service.folder or not folder.is_relative_to(service.folder):
        return "alembic upgrade head"
    below = shlex.quote(folder.relative_to(service.folder).as_posix())
    scripts = re.search(r"^script_location\s*=\s*(\S+)", reading.text(folder / "alembic.ini"), re.MULTILINE)
    if scripts and not (folder / scripts[1]).is_dir() and (service.folder / scripts[1]).is_dir():
        return f"alembic -c {below}/alembic.ini upgrade head"
    return f"sh -c 'cd {below} && alembic upgrade head'"


def _django(finds: Finds) -> list[object] | None:
    for folder in finds.folders:
        service = _of(finds, folder)
        if programs.is_django(folder) and service:
            return _once(service, folder, "python manage.py migrate --noinput", "manage.py migrate")
    return None


def _prisma(finds: Finds) -> list[object] | None:
    for folder in finds.folders:
        service = _of(finds, folder)
        if (folder / "prisma" / "schema.prisma").is_file() and service:
            is_migrated = (folder / "prisma" / "migrations").is_dir()
            words = "migrate deploy" if is_migrated else "db push --skip-generate"
            return _once(service, folder, f"npx prisma {words}", "prisma")
    return None


def _rails(finds: Finds) -> list[object] | None:
    for folder in finds.folders:
        service = _of(finds, folder)
        if (folder / "bin" / "rails").is_file() and (folder / "db").is_dir() and service:
            return [{"command": "bin/rails db:prepare", "service": service.name}]
    return None


def _laravel(finds: Finds) -> list[object] | None:
    for folder in finds.folders:
        service = _of(finds, folder)
        if (folder / "artisan").is_file() and service:
            return _once(service, folder, "php artisan migrate --force", "artisan migrate")
    return None


def _knex(finds: Finds) -> list[object] | None:
    for folder in finds.folders:
        service = _of(finds, folder)
        if service and any((folder / name).is_file() for name in ("knexfile.js", "knexfile.ts")):
            return _once(service, folder, "npx knex migrate:latest", "migrate:latest")
    return None


def _script(finds: Finds) -> list[object] | None:
    for folder in finds.folders:
        package, service = programs.manifest(folder / "package.json"), _of(finds, folder)
        scripts, depends = package.get("scripts"), package.get("dependencies")
        if service and isinstance(scripts, dict) and isinstance(depends, dict) and _MAPPERS & depends.keys():
            if name := next((one for one in _SCRIPTS if scripts.get(one)), ""):
                return _once(service, folder, f"npm run {name}", f"npm run {name}")
            if any(folder.glob("drizzle.config.*")):
                return _once(service, folder, "npx drizzle-kit migrate", "drizzle-kit migrate")
            if (folder / ".sequelizerc").is_file():
                return _once(service, folder, "npx sequelize-cli db:migrate", "db:migrate")
    return None


def _flask(finds: Finds) -> list[object] | None:
    for folder in finds.folders:
        service = _of(finds, folder)
        if service and (folder / "migrations" / "alembic.ini").is_file():
            return _once(service, folder, "flask db upgrade", "flask db")
    return None


def _flyway(finds: Finds) -> list[object] | None:
    for folder in finds.folders:
        for name in _FLYWAY:
            files = list((folder / name).glob("V*__*.sql"))
            if files and _migrates_itself(folder):
                return []
            if files:
                ordered = sorted(files, key=lambda one: [*map(int, _VERSION.findall(one.name.partition("__")[0]))])
                return [{"file": _shown(finds, one)} for one in ordered]
    return None


def _migrates_itself(folder: Path) -> bool:
    """Whether the program of a folder has Flyway, which runs when Spring Boot starts."""
    builds = [folder / name for name in ("pom.xml", "build.gradle", "build.gradle.kts")]
    return any(re.search(r"\bflyway\b", reading.text(one)) for one in builds)


def sql_files(finds: Finds) -> list[Path]:
    """The first folder of SQL that makes a schema: its files, without those that undo it."""
    for folder in finds.folders:
        for name in _SQL:
            found = (one for one in sorted((folder / name).glob("*.sql")) if one.is_file())
            if files := [one for one in found if not one.name.endswith(".down.sql")]:
                return files
    return []


def _golang(finds: Finds) -> list[object] | None:
    for folder in finds.folders:
        for name in _SQL:
            if any((folder / name).glob("*.up.sql")):
                if _in_code(finds):
                    return []
                return [{"file": _shown(finds, folder / name / "*.up.sql")}]
    return None


def _in_code(finds: Finds) -> bool:
    """Whether a program runs its migrations when it starts; one that does nothing else is none."""
    own = (text for file, text in finds.sources if file.suffix in (".rs", ".go") and "migrat" not in file.parent.name)
    return any(_RUNS_THEM.search(text) for text in own)


def _up_and_down(finds: Finds) -> list[object] | None:
    """Files that undo what they do further down, which only their own tool may run."""
    files = sql_files(finds)
    if not any(_UNDOES.search(reading.text(one)) for one in files):
        return None
    if not _in_code(finds):
        where = files[0].parent.relative_to(finds.home).as_posix()
        finds.left_out.append(f"{where}/*.sql: each has a part that undoes it; run its tool: migrate: …")
    return []


def _plain(finds: Finds) -> list[object] | None:
    if _in_code(finds):
        return []
    for folder in finds.folders[:1]:
        for name in _SQL:
            files = [one for one in sorted((folder / name).glob("*.sql")) if not one.name.endswith(".down.sql")]
            if files and not any("seed" in one.name for one in files):
                return [{"file": _shown(finds, folder / name / "*.sql")}]
            if files:
                return [{"file": _shown(finds, one)} for one in files]
        for single in ("schema.sql", "init.sql", "db.sql", "structure.sql"):
            if (folder / single).is_file():
                return [{"file": _shown(finds, folder / single)}]
    return None


_TOOLS: Mapping[str, Callable[[Finds], list[object] | None]] = {  # None: it is not there
    "Flask-Migrate": _flask,
    "Alembic": _alembic,
    "Django": _django,
    "Prisma": _prisma,
    "Rails": _rails,
    "Laravel": _laravel,
    "Knex": _knex,
    "package.json, not certain": _script,
    "Flyway": _flyway,
    "golang-migrate": _golang,
    "goose, dbmate or sql-migrate": _up_and_down,
    "SQL": _plain,
}


def _of(finds: Finds, folder: Path) -> FoundService | None:
    """The service of a folder, else the one that contains it or is built with it."""
    found = [one for one in finds.services.values() if folder.is_relative_to(one.folder) or one.folder == folder]
    beside = (one for one in finds.services.values() if one.context and folder.is_relative_to(one.context))
    return max(found, key=lambda one: len(one.folder.parts), default=None) or next(beside, None)


def _once(service: FoundService, folder: Path, command: str, words: str) -> list[object]:
    """The command, unless the service does it by itself when it starts."""
    if _does(service, words):
        return []
    if service.context and service.context != folder:  # where it is started
        command = f"sh -c 'cd {folder.relative_to(service.context).as_posix()} && {command}'"
    return [{"command": command, "service": service.name}]


def _does(service: FoundService, words: str) -> bool:
    """Whether the service's own command does it, also through a script."""
    written = [service.command, service.native_command]
    lines = [one if isinstance(one, str) else " ".join(one) for one in written]
    return any(words in text for line in lines for text in (line, *_scripts(service.folder, line)))


def _scripts(folder: Path, line: str) -> Iterator[str]:
    for word in line.split():
        file = folder / word.removeprefix("/app/").removeprefix("./").strip("\"'")
        if word.endswith(".sh"):
            yield reading.text(file, within=folder)
    if found := re.match(r"npm run (\S+)", line):
        scripts = programs.manifest(folder / "package.json").get("scripts")
        yield str(scripts.get(found[1], "")) if isinstance(scripts, dict) else ""


def _shown(finds: Finds, path: Path) -> str:
    return Path(os.path.relpath(path, finds.place.envs)).as_posix()
