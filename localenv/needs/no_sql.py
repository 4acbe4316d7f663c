"""What a kind without SQL says where it is asked for some."""

from collections.abc import Iterable, Iterator

from localenv.needs import Tables
from localenv.stack import Command, Need

HAS_DATABASES = False
TABLES: Tables | None = None


def initial(need: Need) -> str:
    """Nothing is made before the first job."""
    return ""


def sql(need: Need) -> Command | None:
    """There is no client that reads SQL."""
    return None


def table(need: Need, table: str, columns: tuple[str, ...]) -> Command | None:
    """There are no tables."""
    return None


def rows(table: str, columns: tuple[str, ...], csv: Iterable[bytes], batch: int) -> Iterator[bytes]:
    """There are no rows."""
    return iter(())


def culprit(output: str) -> tuple[int | None, str]:
    """The last thing said."""
    lines = output.strip().splitlines()
    return None, lines[-1].strip() if lines else ""
