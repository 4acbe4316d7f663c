"""The data that the image creates at its first start: a database without tables, whose password can be replaced."""

import tarfile
from importlib.resources import files
from io import BytesIO
from pathlib import PurePosixPath

from localenv.needs.postgres import passwords

_ROLES = ("global", "1260")  # the end of the path of the table pg_authid, which stays where initdb creates it


def script() -> str:
    """The commands of a shell that let the image, with the arguments of its server, create the data."""
    return (files(__package__) / "initial.sh").read_text()


def with_password(password: str, archive: bytes) -> bytes:
    """An archive of the data (tar) with another password; empty if that is not possible."""
    with tarfile.open(fileobj=BytesIO(archive)) as opened:
        found = next((one for one in opened if PurePosixPath(one.name).parts[-2:] == _ROLES), None)
    if found is None:
        return b""
    begin, end = found.offset_data, found.offset_data + found.size
    roles = passwords.replaced(archive[begin:end], password)
    return archive[:begin] + roles + archive[end:] if roles else b""
