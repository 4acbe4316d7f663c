"""`python -m localenv`."""

import sys

from localenv.cli import main

if __name__ == "__main__":
    sys.exit(main())
