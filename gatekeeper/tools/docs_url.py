"""Where a rule is documented, and in one sentence what its family is about. Data for `gate explain` and the reports."""

import re

_RUFF = re.compile(r"[A-Z]{1,6}\d{2,4}")
_WORD = re.compile(r"[A-Za-z0-9@/_-]+")
_RADON = "https://radon.readthedocs.io/en/latest/intro.html"

RUFF_FAMILIES = {
    "A": "shadowing of Python builtins",
    "ANN": "missing type annotations",
    "ARG": "unused arguments",
    "ASYNC": "blocking or unsafe calls in async code",
    "B": "likely bugs and design problems (flake8-bugbear)",
    "BLE": "blind except clauses that swallow every error",
    "C4": "needlessly complicated comprehensions",
    "C90": "functions that are too complex (mccabe)",
    "D": "docstring conventions (pydocstyle)",
    "DTZ": "dates and times without a time zone",
    "E": "style errors of PEP 8 (pycodestyle)",
    "ERA": "commented-out code",
    "F": "names that are unused, undefined or redefined (Pyflakes)",
    "FBT": "boolean arguments that a caller cannot read",
    "FURB": "old idioms with a newer, clearer form",
    "I": "order of imports (isort)",
    "N": "naming conventions of PEP 8",
    "PERF": "constructs that are needlessly slow",
    "PIE": "needless code (flake8-pie)",
    "PL": "errors, conventions and refactorings of Pylint",
    "PT": "style of pytest tests",
    "PTH": "os.path calls that pathlib says better",
    "RET": "return statements",
    "RUF": "ruff's own rules",
    "S": "possible security problems (Bandit)",
    "SIM": "code that can be simplified",
    "T20": "print calls left in the code",
    "TID": "tidy imports",
    "TRY": "how exceptions are raised and caught",
    "UP": "syntax that a newer Python says better (pyupgrade)",
    "W": "style warnings of PEP 8 (pycodestyle)",
}

_EXPLANATIONS = {
    "mypy": "a type error found by mypy; the word in brackets is mypy's error code",
    "tsc": "a type error found by the TypeScript compiler",
    "eslint": "a rule of ESLint or of one of its plugins",
    "radon": "radon's measure of a function or file; other tools count differently",
    "radon-mi": "radon's maintainability index of a file, from 0 to 100",
    "ruff-format": "the file is not laid out as `ruff format` would lay it out; run `ruff format` on it",
    "pytest": "a test failed, or broke before or after it ran",
    "junit": "a test failed, or broke before or after it ran",
    "build": "the package could not be built",
    "exit-status": "the command ended with an exit status other than 0",
}


def rule_url(tool: str, rule: str) -> str | None:
    """The page about `rule` of `tool`; None when there is none or the rule's name cannot be part of an address."""
    if not _WORD.fullmatch(rule):
        return None
    if tool == "ruff":
        return f"https://docs.astral.sh/ruff/rules/{rule}/" if _RUFF.fullmatch(rule) else None
    if tool == "mypy":
        # The short address that mypy itself prints; it leads to the right page of the right version.
        return f"https://mypy.readthedocs.io/en/stable/_refs.html#code-{rule}"
    if tool == "eslint":
        return _eslint_url(rule)
    fixed = {
        "ruff-format": "https://docs.astral.sh/ruff/formatter/",
        "radon": f"{_RADON}#cyclomatic-complexity",
        "radon-mi": f"{_RADON}#maintainability-index",
        "build": "https://build.pypa.io/en/stable/",
    }
    return fixed.get(tool)


def _eslint_url(rule: str) -> str | None:
    if rule.startswith("@typescript-eslint/"):
        return f"https://typescript-eslint.io/rules/{rule.removeprefix('@typescript-eslint/')}/"
    return None if "/" in rule else f"https://eslint.org/docs/latest/rules/{rule}"


def rule_family(tool: str, rule: str) -> str | None:
    """What rules of this kind are about, as the end of the sentence "this is about …"; None when unknown."""
    if tool != "ruff":
        return _EXPLANATIONS.get(tool)
    if rule == "invalid-syntax":
        return "code that is not valid Python, so that nothing else in the file can be checked"
    # The longest known prefix wins: PERF401 is PERF and not PE, C901 is C90.
    prefixes = [prefix for prefix in RUFF_FAMILIES if rule.startswith(prefix)]
    return RUFF_FAMILIES[max(prefixes, key=len)] if prefixes else None
