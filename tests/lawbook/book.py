"""The law book: what really went wrong, and what was really right, each told in a line."""

from tests.lawbook.book_checks import CHECKS
from tests.lawbook.book_claims import CLAIMS
from tests.lawbook.book_paths import PATHS
from tests.lawbook.book_targets import TARGETS

BOOK = (*CLAIMS, *TARGETS, *PATHS, *CHECKS)
