"""Replace secrets in tables: in columns that are called like secrets."""

import csv
import io
from collections.abc import Callable
from itertools import zip_longest

from localenv.redaction import recorded

KINDS = ("text/csv", "application/csv", "text/tab-separated-values", "text/tsv")
_DELIMITERS = ",;\t|"


def replaced(text: str, cell: Callable[[str, str], str]) -> str:
    """A table in which `cell` has replaced values, by the name of their column, if a name is suspicious."""
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    try:
        names, *rows = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    except (csv.Error, ValueError):
        return text
    if not any(map(recorded.is_suspicious, names)):
        return text
    written = io.StringIO()
    clean = ([cell(name, one) for name, one in zip_longest(names, row, fillvalue="")] for row in rows)
    ending = "\r\n" if "\r\n" in text else "\n"
    csv.writer(written, delimiter=delimiter, lineterminator=ending).writerows([names, *clean])
    return written.getvalue()
