"""`python -m orders.migrate`: brings the database to the newest version, and does nothing where it is there."""

from pathlib import Path

import psycopg

from orders.settings import required

FOLDER = Path(__file__).parent.parent / "migrations"
LOCK = 7_300_701  # two of these at once take turns


def main() -> None:
    """Applies every file of migrations/ that the table `migrations` does not name, each in a transaction of its own."""
    with psycopg.connect(required("DATABASE_URL"), autocommit=True, connect_timeout=5) as connection:
        connection.execute("select pg_advisory_lock(%s)", [LOCK])
        connection.execute(
            "create table if not exists migrations (version text primary key, applied_at timestamptz default now())"
        )
        applied = {row[0] for row in connection.execute("select version from migrations")}
        for file in sorted(FOLDER.glob("*.sql")):
            if file.stem not in applied:
                apply(file, connection)


def apply(file: Path, connection: psycopg.Connection) -> None:
    """Runs one file and records it, both or neither."""
    with connection.transaction():
        connection.execute(file.read_bytes())
        connection.execute("insert into migrations (version) values (%s)", [file.stem])
    print(f"applied {file.name}", flush=True)


if __name__ == "__main__":
    main()
