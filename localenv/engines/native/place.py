"""Where the native engine puts things: everything on this machine, each on a port of its own."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from localenv.stack import Reader, Stack

HERE = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class MachinePlace:
    """`127.0.0.1:20123` for every reader; an upstream with an address of its own has its own port there."""

    stack: Stack
    published: Mapping[str, int]
    files: Path
    bind: str = HERE

    def address(self, reader: Reader, name: str) -> tuple[str, str]:
        """Host and port."""
        upstream = self.stack.upstreams.get(name)
        if reader is Reader.INSIDE and upstream is not None and upstream.own_address:
            return own_address(self.files, name), str(upstream.port)
        return HERE, str(self.published[name])

    def path(self, reader: Reader, file: str) -> str:
        """Where a secret or config is put, for whoever reads it."""
        return str(self.files / file)


def own_address(files: Path, upstream: str) -> str:
    """An address of 127.8.0.0/16 that an upstream keeps; where there is none but one (macOS), that one."""
    if sys.platform != "linux":
        return HERE
    digest = sha256(f"{files}/{upstream}".encode(errors="surrogateescape")).digest()
    return f"127.8.{digest[0]}.{1 + digest[1] % 254}"
