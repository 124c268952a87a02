"""The settings of Python's test, type and lint tools that make them ask for less."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from gatekeeper.integrity.knobs import Kind, Panel
from gatekeeper.integrity.reading.data import flag, get, rows, table, words

_MYPY_STRICT = (
    "disallow_untyped_defs", "disallow_incomplete_defs", "disallow_untyped_calls", "disallow_untyped_decorators",
    "disallow_any_generics", "disallow_any_unimported", "disallow_any_expr", "disallow_any_decorated",
    "disallow_any_explicit", "disallow_subclassing_any", "check_untyped_defs", "warn_return_any", "warn_unreachable",
    "warn_unused_ignores", "warn_redundant_casts", "warn_unused_configs", "strict_equality", "strict_bytes",
    "extra_checks",
)  # fmt: skip
_MYPY_ON_BY_DEFAULT = ("strict_optional", "warn_no_return")
_MYPY_OF_STRICT = frozenset(_MYPY_STRICT) - {
    "disallow_any_unimported", "disallow_any_expr", "disallow_any_decorated", "disallow_any_explicit",
    "warn_unreachable",
}  # fmt: skip
_MYPY_CORE = frozenset({
    "disallow_untyped_defs", "disallow_any_generics", "disallow_untyped_calls", "warn_return_any", "strict_equality",
})  # fmt: skip
"""Whoever asks for all of these has spelled `strict` out."""
_MYPY_HINTS = frozenset({"warn_unused_ignores", "warn_redundant_casts", "warn_unused_configs", "warn_unreachable"})
"""Switched off, these hide nothing that is wrong with the program."""
_MYPY_LOOSE = ("allow_untyped_globals", "allow_redefinition", "implicit_optional", "implicit_reexport")
_PYRIGHT_RANKS = ("off", "basic", "standard", "strict", "recommended", "all")
_PYRIGHT_LEVELS = ("none", "information", "warning", "error")
_PYLINT_CEILINGS = (
    "max-args", "max-positional-arguments", "max-locals", "max-returns", "max-branches", "max-statements",
    "max-parents",
    "max-attributes", "max-public-methods", "max-bool-expr", "max-complexity", "max-nested-blocks", "max-module-lines",
)  # fmt: skip
_TEST_MODULES = frozenset({"tests", "test", "testing", "conftest"})
_EVERY_RULE = frozenset({"ALL", "all", "E", "F", "W", "B", "*"})


def coverage(panel: Panel, section: dict[str, object]) -> None:
    """coverage.py: what must be reached, and what is counted."""
    panel.add(
        "threshold-weakened",
        Kind.FLOOR,
        "fail_under",
        get(section, "report", "fail_under"),
        at=("report", "fail_under"),
    )
    panel.add("coverage-narrowed", Kind.STRICT, "branch", get(section, "run", "branch"), at=("run", "branch"))
    for part in ("run", "report"):
        panel.add("coverage-narrowed", Kind.QUIET, "omit", get(section, part, "omit"), at=(part, "omit"))
        panel.add("coverage-narrowed", Kind.SCOPE, "include", get(section, part, "include"), at=(part, "include"))
    panel.add("coverage-narrowed", Kind.SCOPE, "source", get(section, "run", "source"), at=("run", "source"))
    for key in ("exclude_lines", "exclude_also"):
        excluded = get(section, "report", key)
        panel.add("coverage-narrowed", Kind.QUIET, "excluded lines", excluded, at=("report", key), by_line=True)


def mypy(panel: Panel, section: dict[str, object], own: frozenset[str]) -> None:
    """mypy: globally, and per module for modules of the project itself."""
    _mypy_strict(panel, section)
    for key in _MYPY_ON_BY_DEFAULT:
        panel.add("types-silenced", Kind.STRICT, key, section.get(key), absent=True)
    panel.add("types-silenced", Kind.LOOSE, "ignore_errors", section.get("ignore_errors"))
    for key in (*_MYPY_LOOSE, "ignore_missing_imports"):
        panel.add("types-relaxed", Kind.LOOSE, key, section.get(key))
    panel.add("types-relaxed", Kind.QUIET, "disable_error_code", section.get("disable_error_code"))
    panel.add("types-relaxed", Kind.SCOPE, "enable_error_code", section.get("enable_error_code"), absent=frozenset())
    panel.add("types-relaxed", Kind.QUIET, "exclude", section.get("exclude"), by_line=True)
    panel.add("types-relaxed", Kind.QUIET, "mypy_path", section.get("mypy_path"))
    for key in ("files", "packages", "modules"):
        panel.add("types-relaxed", Kind.SCOPE, key, section.get(key))
    for override in rows(section.get("overrides")):
        _mypy_override(panel, table(override), own)


def _mypy_strict(panel: Panel, section: dict[str, object]) -> None:
    """`strict`, and each of the flags that it stands for."""
    strict = flag(section.get("strict")) is True
    spelled_out = all(flag(section.get(key)) for key in _MYPY_CORE)
    panel.add("types-silenced", Kind.STRICT, "strict", strict or spelled_out)
    for key in _MYPY_STRICT:
        rule = "types-relaxed" if key in _MYPY_HINTS else "types-silenced"
        value = section.get(key, strict if key in _MYPY_OF_STRICT else None)
        panel.add(rule, Kind.STRICT, key, value, at=(key if key in section else "strict",))


def _mypy_override(panel: Panel, override: dict[str, object], own: frozenset[str]) -> None:
    modules = sorted(name for name in words(override.get("module")) or () if _is_own(name, own))
    for module in modules:
        key = f"for {module}: "
        panel.add("types-silenced", Kind.LOOSE, key + "ignore_errors", override.get("ignore_errors"), at=(module,))
        panel.add(
            "types-relaxed",
            Kind.LOOSE,
            key + "ignore_missing_imports",
            override.get("ignore_missing_imports"),
            at=(module,),
        )
        follow = override.get("follow_imports")
        panel.add(
            "types-relaxed",
            Kind.LOOSE,
            key + "follow_imports",
            follow in ("skip", "silent") if follow else None,
            at=(module,),
        )
        panel.add(
            "types-relaxed", Kind.QUIET, key + "disable_error_code", override.get("disable_error_code"), at=(module,)
        )
        for name in _MYPY_STRICT:
            off = flag(override.get(name)) is False
            panel.add("types-relaxed", Kind.LOOSE, f"{key}{name} = false", off or None, at=(module,))


def _is_own(pattern: str, own: frozenset[str]) -> bool:
    first = pattern.partition(".")[0]
    return first == "*" or (first in own and first not in _TEST_MODULES)


def pyright(panel: Panel, section: dict[str, object]) -> None:
    """pyright and basedpyright, which read the same keys."""
    mode = section.get("typeCheckingMode")
    if isinstance(mode, str) and mode in _PYRIGHT_RANKS:
        rank = _PYRIGHT_RANKS.index(mode)
        panel.add("types-silenced", Kind.FLOOR, "typeCheckingMode", rank, shown=mode)
    for key, given in section.items():
        level = ("none", "error")[given] if isinstance(given, bool) else given
        if key.startswith(("report", "strict")) and key != "strict" and level in _PYRIGHT_LEVELS:
            panel.add("types-relaxed", Kind.LOOSE, f"{key} below error", level != "error")
    panel.add("types-relaxed", Kind.QUIET, "exclude", section.get("exclude"))
    panel.add("types-relaxed", Kind.QUIET, "ignore", section.get("ignore"))
    panel.add("types-relaxed", Kind.SCOPE, "include", section.get("include"))
    panel.add("types-relaxed", Kind.SCOPE, "strict", section.get("strict"), absent=frozenset())


def ruff(panel: Panel, section: dict[str, object]) -> None:
    """ruff: rules under [lint] or, as before 0.2, at the top."""
    for part, at in ((section, ()), (table(section.get("lint")), ("lint",))):
        limit = get(part, "mccabe", "max-complexity")
        panel.add(
            "threshold-weakened",
            Kind.CEILING,
            "max-complexity",
            limit,
            tool="complexity",
            at=(*at, "mccabe", "max-complexity"),
        )
        for key, value in table(part.get("pylint")).items():
            if key.startswith("max-"):
                panel.add("threshold-weakened", Kind.CEILING, key, value, tool="pylint design", at=(*at, "pylint", key))
        for key in ("select", "extend-select"):
            panel.add(
                "lint-relaxed",
                Kind.SCOPE,
                "select",
                part.get(key),
                at=(*at, key),
                absent=frozenset({"E4", "E7", "E9", "F"}),
            )
        for key in ("ignore", "extend-ignore"):
            panel.add("lint-relaxed", Kind.QUIET, "ignore", part.get(key), at=(*at, key), blanket=_EVERY_RULE)
        for key in ("per-file-ignores", "extend-per-file-ignores"):
            _per_file(panel, table(part.get(key)).items(), (*at, key))
        for key in ("exclude", "extend-exclude"):
            panel.add(
                "lint-relaxed",
                Kind.QUIET,
                "exclude",
                part.get(key),
                at=(*at, key),
                blanket=frozenset({"*", "**", "**/*.py"}),
            )


def _per_file(panel: Panel, entries: Iterable[tuple[str, object]], at: tuple[str, ...]) -> None:
    for pattern, codes in entries:
        blanket = frozenset({"ALL"}) if pattern.strip("/") not in ("*", "**", "*.py", "**/*.py") else _EVERY_RULE
        panel.add("lint-relaxed", Kind.QUIET, f"ignores for {pattern}", codes, at=(*at, pattern), blanket=blanket)


def flake8(panel: Panel, section: dict[str, object]) -> None:
    """flake8, whose INI has words between commas and `file: codes` on lines."""
    section = {key.replace("_", "-"): value for key, value in section.items()}
    for key in ("max-complexity", "max-cognitive-complexity", "max-expression-complexity"):
        tool = "complexity" if key == "max-complexity" else "flake8"
        panel.add("threshold-weakened", Kind.CEILING, key, section.get(key), tool=tool)
    for key in ("select", "extend-select"):
        panel.add("lint-relaxed", Kind.SCOPE, "select", section.get(key), at=(key,))
    for key in ("ignore", "extend-ignore"):
        panel.add("lint-relaxed", Kind.QUIET, "ignore", section.get(key), at=(key,), blanket=_EVERY_RULE)
    for key in ("exclude", "extend-exclude"):
        panel.add("lint-relaxed", Kind.QUIET, "exclude", section.get(key), at=(key,), blanket=frozenset({"*", "."}))
    _per_file(panel, _flake8_entries(section.get("per-file-ignores")), ("per-file-ignores",))
    panel.add("lint-relaxed", Kind.STRICT, "disable-noqa", section.get("disable-noqa"))


def _flake8_entries(given: object) -> Iterator[tuple[str, str]]:
    """(pattern, codes) of each line that has a colon."""
    entries = (str(line).partition(":") for line in (given.splitlines() if isinstance(given, str) else rows(given)))
    return ((pattern.strip(), codes) for pattern, colon, codes in entries if colon)


def pylint(panel: Panel, section: dict[str, object]) -> None:
    """pylint: its sections are only for the eye, so all of them are read as one."""
    merged: dict[str, object] = {}
    for key, value in section.items():
        merged.update(value if isinstance(value, dict) else {key: value})
    merged = {key.replace("_", "-").lower(): value for key, value in merged.items()}
    panel.add("threshold-weakened", Kind.FLOOR, "fail-under", merged.get("fail-under"))
    for key in _PYLINT_CEILINGS:
        tool = "complexity" if key == "max-complexity" else "pylint design"
        panel.add("threshold-weakened", Kind.CEILING, key, merged.get(key), tool=tool)
    panel.add("lint-relaxed", Kind.QUIET, "disable", merged.get("disable"), blanket=frozenset({"all", "E", "F"}))
    panel.add("lint-relaxed", Kind.SCOPE, "enable", merged.get("enable"), absent=frozenset())
    for key in ("ignore", "ignore-paths", "ignore-patterns"):
        panel.add("lint-relaxed", Kind.QUIET, key, merged.get(key), blanket=frozenset({".*", "*"}))


def others(panel: Panel, section: dict[str, object]) -> None:
    """interrogate, vulture, bandit, import-linter: one or two keys each."""
    fill = _OTHERS.get(panel.section)
    if fill is not None:
        fill(panel, section)


def _interrogate(panel: Panel, section: dict[str, object]) -> None:
    panel.add("threshold-weakened", Kind.FLOOR, "fail-under", section.get("fail-under", section.get("fail_under")))


def _vulture(panel: Panel, section: dict[str, object]) -> None:
    panel.add("threshold-weakened", Kind.CEILING, "min_confidence", section.get("min_confidence"))


def _bandit(panel: Panel, section: dict[str, object]) -> None:
    panel.add("lint-relaxed", Kind.QUIET, "skips", section.get("skips"))
    panel.add("lint-relaxed", Kind.QUIET, "exclude_dirs", section.get("exclude_dirs"))


def _importlinter(panel: Panel, section: dict[str, object]) -> None:
    contracts = [table(item) for item in rows(section.get("contracts"))]
    names = frozenset(str(item.get("name", "")) for item in contracts)
    panel.add("lint-relaxed", Kind.SCOPE, "contracts", names or None, absent=frozenset())
    ignored = frozenset(name for item in contracts for name in words(item.get("ignore_imports")) or ())
    panel.add("lint-relaxed", Kind.QUIET, "ignore_imports", ignored)


_OTHERS: Mapping[str, Callable[[Panel, dict[str, object]], None]] = {
    "interrogate": _interrogate,
    "vulture": _vulture,
    "bandit": _bandit,
    "importlinter": _importlinter,
}
