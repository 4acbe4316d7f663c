"""What limits the resources of a process, and where a person raises the limit."""

import errno
from collections.abc import Mapping

THREADS = "see ulimit -u, and pids.max of your container"
MEMORY = "see ulimit -v, and memory.max of your container"
_HINTS: Mapping[int, str] = {
    errno.EAGAIN: THREADS, errno.ENOMEM: MEMORY, errno.EMFILE: "see ulimit -n", errno.ENFILE: "see ulimit -n",
}  # fmt: skip


def hint(number: int | None) -> str:
    """What to look at for an error of the kernel when a process cannot start or open something; may be empty."""
    return _HINTS.get(number or 0, "")
