"""The first gate.toml of a project: short, commented, and equal in effect to what already judges it."""

from gatekeeper.policy.detect import Detected

_OPENING = """\
# What a branch must hold before it is merged. Branches are judged by this file as it stands on the base
# branch ({base}), never by their own copy. `gate policy show` prints every value and its origin.
# Lines with # are suggestions.

extends = [{extends}]  # add "strict" to ask for everything; "fleet" for branches of unattended agents
"""
_CHECKS = """
# [check.tests]
# command = {command}
# timeout = "20m"
"""
_COMPLEXITY = """
# [check.complexity]
# max_complexity = 15
"""
_TYPES = """
# [check.types]
# required = true  # mypy is not configured here: until it is, its findings are warnings
# severity = "error"
"""
_PATHS = """
# [check.paths]
# forbidden = ["/deploy/"]  # workers may not touch these, in any commit; gate.toml is always among them
"""
_INTEGRITY = """
# [check.integrity]
# effects = { suppression-added = "note" }  # what a rule does here: "block", "warn", "note" or "off"
"""
_OWN = """
# [check.spelling]  # a check of your own
# command = "codespell"
# severity = "warning"
"""
_ENVIRONMENT = """
# [environment]  # inferred from {lock}; write it down to change it
# inputs = ["{lock}"]
# setup = ["{setup}"]
# provides = ["{provides}"]
"""
_WAIVER = """
# [[waiver]]  # one exception, with a reason and an end
# check = "lint"
# rule = "F401"
# path = "src/legacy.py"
# reason = "re-exported for old callers"
# expires = {year}-12-31
"""
_SETUPS = {
    "uv.lock": ("uv sync --frozen --no-install-project", ".venv"),
    "poetry.lock": ("poetry install --no-root", ".venv"),
    "package-lock.json": ("npm ci", "node_modules"),
    "pnpm-lock.yaml": ("pnpm install --frozen-lockfile", "node_modules"),
}


def draft(detected: Detected, *, base: str, year: int) -> str:
    """Text of a gate.toml for the tree. `base` is the branch it has to land on, `year` that of the example's end."""
    languages = detected.languages or ("default",)
    text = _OPENING.format(base=_one_line(base), extends=", ".join(f'"{name}"' for name in languages))
    python = "python" in detected.languages
    text += _CHECKS.format(command='"pytest -q"' if python else '"vitest run --outputFile={report} --reporter=junit"')
    if python:
        text += _COMPLEXITY if detected.tool("mypy") else _COMPLEXITY + _TYPES
    text += _PATHS + _INTEGRITY + _OWN
    lock = next((name for name in detected.lock_files if name in _SETUPS), None)
    if lock:
        setup, provides = _SETUPS[lock]
        text += _ENVIRONMENT.format(lock=lock, setup=setup, provides=provides)
    return text + _WAIVER.format(year=year)


def _one_line(name: str) -> str:
    """A branch's name inside a TOML comment: nothing in it may end the comment or be invalid in TOML."""
    return "".join(char if char.isprintable() else "?" for char in name)
