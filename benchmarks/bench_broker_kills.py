"""Kill holders, waiters and jobs at random: the budget returns to exactly free, nothing runs on, the book is intact.

GATE_BENCH_KILLS (1000).
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import fresh

from tests.support.havoc import havoc


def main() -> None:
    """Exit status 1 when anything is left."""
    left = havoc(fresh("kills"), int(os.environ.get("GATE_BENCH_KILLS", "1000")), gates=8)
    print(left)
    clean = not (left.held or left.entries or left.orphans) and left.intact and left.whole_budget_free
    sys.exit(0 if clean else 1)


if __name__ == "__main__":
    main()
