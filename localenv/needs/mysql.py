"""MySQL: the same as MariaDB except for its version; shared code checks the need's kind for differences."""

from dataclasses import replace

from localenv.needs import mariadb

KIND = replace(mariadb.KIND, version="8.4")
