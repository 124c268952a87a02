"""Rules of other people's tools, for `gate explain`: in the tool's own words where it can be asked, else a link."""

import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from gatekeeper.errors import CannotEstablish
from gatekeeper.process.capture import capture
from gatekeeper.process.environment import scrubbed
from gatekeeper.report.escape import single_line, terminal
from gatekeeper.tools.docs_url import rule_family, rule_url

_RUFF = re.compile(r"[A-Z]{1,6}\d{2,4}\Z")
_TSC = re.compile(r"TS\d{3,5}\Z")
_ESLINT = re.compile(r"(@typescript-eslint/|no-|prefer-|require-)[a-z][a-z-]*\Z")
_CHECKS = ("lint/", "types/", "ruff/", "mypy/", "eslint/", "tsc/")


def explain_rule(word: str) -> str | None:
    """Text about a rule of ruff, mypy, tsc or eslint (`F401`, `lint/F401`, `arg-type`); None when no tool has it."""
    rule = word.strip()
    for prefix in _CHECKS:
        rule = rule.removeprefix(prefix)
    if _TSC.match(rule.upper()):  # before ruff, whose codes look the same
        return _linked("tsc", rule.upper())
    if _RUFF.match(rule.upper()):
        return _ruff(rule.upper())
    return _mypy(rule) or (_linked("eslint", rule) if word.startswith("eslint/") or _ESLINT.match(rule) else None)


def _ruff(rule: str) -> str | None:
    answer = _ask_ruff(rule)
    if answer is None:
        return _linked("ruff", rule) if rule_family("ruff", rule) else None
    try:
        told = json.loads(answer)
        head = f"{rule} ({told['name']}, a rule of ruff, from {told['linter']})"
        return f"{single_line(head)}\n\n{terminal(told['explanation']).strip()}\n\n{rule_url('ruff', rule)}\n"
    except (ValueError, KeyError, TypeError):
        return _linked("ruff", rule)


def _ask_ruff(rule: str) -> bytes | None:
    beside = Path(sys.executable).with_name("ruff")
    ruff = str(beside) if beside.exists() else shutil.which("ruff")
    if ruff is None:
        return None
    with tempfile.TemporaryDirectory(prefix="gate-explain-") as home:
        argv = (ruff, "rule", rule, "--output-format", "json")
        try:
            told = capture(argv, cwd=home, env=scrubbed(os.environ, home=Path(home)), timeout_s=10)
        except CannotEstablish:
            return None
    return told.stdout if told.exit == 0 else None


def _mypy(rule: str) -> str | None:
    from mypy.errorcodes import error_codes

    code = error_codes.get(rule)
    if code is None:
        return None
    return f"{rule} (an error code of mypy, {code.category})\n\n{code.description}.\n\n{rule_url('mypy', rule)}\n"


def _linked(tool: str, rule: str) -> str:
    family, address = rule_family(tool, rule), rule_url(tool, rule)
    lines = [
        f"{single_line(rule, 80)} (a rule of {tool})",
        f"  {family}" if family else "",
        f"  {address}" if address else "",
    ]
    return "\n".join(line for line in lines if line) + "\n"
