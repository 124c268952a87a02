"""What programs say about themselves, kept while the files that decide it are as they were: asking starts a process."""

import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from gatekeeper.environment.witness import Witness, look


class Answers:
    """One small file per question in `folder`, which may be deleted at any time. Without a folder nothing is kept."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def find(self, question: str) -> str | None:
        """The answer, when nothing that decides it has changed. What cannot be read, or is not whole, is no answer."""
        if self._folder is None:
            return None
        try:
            kept = json.loads(self._file(question).read_text(encoding="utf-8"))
            same = kept["question"] == question and kept["decided_by"] != []
            same = same and all(list(look(row[0])) == row for row in kept["decided_by"])
            return str(kept["answer"]) if same else None
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            return None

    def keep(self, question: str, answer: str, decided_by: Sequence[Witness]) -> None:
        """`decided_by` was looked at before the question was asked; empty: nobody knows what decides it.

        A folder that cannot be written costs time only.
        """
        if self._folder is None or not decided_by:
            return
        kept = {"question": question, "answer": answer, "decided_by": decided_by}
        partial = self._file(question).with_suffix(f".{os.getpid()}.tmp")
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(kept), encoding="utf-8")
            partial.replace(self._file(question))

    def _file(self, question: str) -> Path:
        name = hashlib.sha256(question.encode("utf-8", "surrogateescape")).hexdigest()
        return (self._folder or Path()) / f"{name}.json"


NOTHING_KEPT = Answers()
