"""`localenv`, and `python -m localenv`."""

import gc
import sys

from localenv.host import starting

_OBJECTS = 100_000  # between two collections: the usual 700 cost a command that ends soon a tenth of its time


def main() -> int:
    """Run one command, and return its exit code."""
    starting.begin()
    from localenv.host import bytecode  # from here on, a signal ends the process

    bytecode.keep()
    gc.set_threshold(_OBJECTS)  # before the imports, which make most of them
    try:
        from localenv import cli
    except EOFError:
        bytecode.start_anew()
        raise

    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
