"""`python -m tests.lawbook`: write the shipped cases; with --play also record anew those of real tools."""

import sys

from tests.lawbook.end_to_end import write as play
from tests.lawbook.write import ROOT, write

print(write(), "files")
if "--play" in sys.argv:
    print(play(ROOT), "files recorded by real tools")
