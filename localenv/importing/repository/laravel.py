"""A project of Laravel without a Dockerfile."""

import json
import re
from pathlib import Path

from localenv.importing import programs, reading
from localenv.importing.examples import of as example_of
from localenv.importing.repository.finds import Finds, FoundService

_OLDEST = (8, 1)  # below, packages of today's systems are not built any more
_DRIVERS = {"pgsql": "pdo_pgsql", "mysql": "pdo_mysql", "mariadb": "pdo_mysql"}
_CONNECTION = re.compile(r"^DB_CONNECTION=[\"']?(\w+)", re.MULTILINE)


def found(finds: Finds, folder: Path) -> FoundService:
    """The service; its database is found by `DB_CONNECTION`."""
    require = programs.manifest(folder / "composer.json").get("require")
    written = str(require.get("php", "")) if isinstance(require, dict) else ""
    named = re.search(r"(\d+)\.(\d+)", written)
    version = max((int(named[1]), int(named[2])), _OLDEST) if named else (8, 4)
    example = example_of(folder / ".env")
    connection = _CONNECTION.search(reading.text(example)) if example else None
    driver = _DRIVERS.get(connection[1] if connection else "", "")
    install = f" && docker-php-ext-install {driver}" if driver else ""
    lines = [
        f"FROM php:{version[0]}.{version[1]}-cli",
        "COPY --from=composer:2 /usr/bin/composer /usr/local/bin/composer",
        f"RUN apt-get update && apt-get install -y git unzip libpq-dev{install}",
        "WORKDIR /app",
        "COPY . .",
        "RUN composer install --no-interaction --no-scripts",
    ]
    return FoundService(
        name="",
        folder=folder,
        inline="\n".join(lines) + "\n",
        command="php artisan serve --host=${bind} --port=${port}",
        setup=("composer install --no-interaction --no-scripts",),
        port=8000,
        language="php",
        comments={"command": f"Laravel; PHP {version[0]}.{version[1]} is not certain: composer.json asks for "
                  f"{json.dumps(written) if written else 'none'}"},
    )  # fmt: skip
