"""`python -m gatekeeper` is `gate`."""

import sys

from gatekeeper.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
