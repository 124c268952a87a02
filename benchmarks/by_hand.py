"""Ten commands, each followed to its end, and a row about each: the least that a gate written in Python does.

Only the standard library, no policy, no check, no report: what is left is the price of Python, of five questions to git
and of starting ten processes. `bench_overhead.py` runs it beside the gate, to show how near its limit can be come.
"""

# ruff: noqa: F401 - what the gate cannot do without is imported, used or not
import argparse
import contextlib
import datetime
import enum
import hashlib
import json
import os
import pathlib
import re
import selectors
import signal
import sqlite3
import subprocess
import sys
import threading
import typing

QUESTIONS = (
    ("rev-parse", "--show-toplevel", "--git-common-dir", "HEAD"),
    ("rev-parse", "main^{tree}"),
    ("merge-base", "main", "HEAD"),
    ("ls-tree", "-r", "HEAD"),
    ("ls-files", "--modified"),
)


def follow(argv: list[str], folder: pathlib.Path, number: int) -> str:
    """Run it with its output in files; the sha256 of what it printed."""
    process = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    digest = hashlib.sha256()
    with selectors.DefaultSelector() as selector, (folder / f"{number}.out").open("wb") as kept:
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                part = os.read(key.fd, 1 << 16)
                digest.update(part)
                kept.write(part)
                if not part:
                    selector.unregister(key.fileobj)
    process.wait()
    return digest.hexdigest()


def main() -> None:
    folder, command = pathlib.Path(sys.argv[1]), sys.argv[2:]
    folder.mkdir(parents=True, exist_ok=True)
    for question in QUESTIONS:
        subprocess.run(("git", *question), capture_output=True, check=True)
    database = sqlite3.connect(folder / "rows.sqlite3")
    database.execute("CREATE TABLE IF NOT EXISTS runs (number INTEGER, facts TEXT)")
    for number in range(10):
        row = json.dumps({"argv": command, "sha256": follow(command, folder, number)})
        database.execute("INSERT INTO runs VALUES (?, ?)", (number, row))
    database.commit()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
