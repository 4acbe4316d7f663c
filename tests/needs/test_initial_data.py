"""PostgreSQL's empty data, copied into later containers with their own password."""

import tarfile
from io import BytesIO

from localenv.needs.postgres import initial, passwords

ROLES = b"\0shape\0" + passwords.verifier("one", bytes(16)) + b"\0"


def archive(**content: bytes) -> bytes:
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as opened:
        for name, data in content.items():
            entry = tarfile.TarInfo(f"localenv/pgdata/{name.replace('_', '/')}")
            entry.size = len(data)
            opened.addfile(entry, BytesIO(data))
    return packed.getvalue()


def test_the_password_of_its_role_is_replaced_and_nothing_else():
    before = archive(global_1259=ROLES, global_1260=ROLES, base_1_1=b"x")
    after = initial.with_password("two", before)

    with tarfile.open(fileobj=BytesIO(after)) as opened:
        found = {one.name.removeprefix("localenv/pgdata/"): opened.extractfile(one).read() for one in opened}
    assert passwords.is_set(found["global/1260"], "two")
    assert (found["global/1259"], found["base/1/1"], len(after)) == (ROLES, b"x", len(before))


def test_an_archive_in_which_it_cannot_be_replaced_is_not_used():
    assert initial.with_password("two", archive(base_1_1=ROLES)) == b""
    assert initial.with_password("two", archive(global_1260=b"no verifier")) == b""
    assert initial.with_password("zwö", archive(global_1260=ROLES)) == b""
