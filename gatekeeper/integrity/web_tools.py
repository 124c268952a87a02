"""The settings of TypeScript, eslint, codecov and size budgets that make them ask for less."""

from gatekeeper.integrity.knobs import Kind, Panel
from gatekeeper.integrity.reading.data import flag, get, number, rows, table, words

_STRICT_FAMILY = (
    "noImplicitAny", "strictNullChecks", "strictFunctionTypes", "strictBindCallApply", "strictPropertyInitialization",
    "noImplicitThis", "useUnknownInCatchVariables", "alwaysStrict", "strictBuiltinIteratorReturn",
)  # fmt: skip
_STRICTER = (
    "noImplicitReturns", "noFallthroughCasesInSwitch", "noUncheckedIndexedAccess", "exactOptionalPropertyTypes",
    "noImplicitOverride", "noPropertyAccessFromIndexSignature", "noUnusedLocals", "noUnusedParameters", "noEmitOnError",
    "forceConsistentCasingInFileNames", "noUncheckedSideEffectImports", "checkJs",
)  # fmt: skip
_LOOSER = (
    "skipLibCheck",
    "skipDefaultLibCheck",
    "allowUnreachableCode",
    "allowUnusedLabels",
    "suppressImplicitAnyIndexErrors",
)
_CEILING_RULES = frozenset({
    "complexity", "max-depth", "max-lines", "max-lines-per-function", "max-nested-callbacks", "max-params",
    "max-statements",
    "max-classes-per-file", "sonarjs/cognitive-complexity", "@typescript-eslint/max-params",
})  # fmt: skip
_LEVELS = {"off": 0.0, "warn": 1.0, "error": 2.0, "0": 0.0, "1": 1.0, "2": 2.0}
_LEVEL_NAMES = ("off", "warn", "error")
_UNITS = {"b": 1.0, "kb": 1e3, "kib": 1024.0, "mb": 1e6, "mib": 1024.0**2, "ms": 1e-3, "s": 1.0}


def tsconfig(panel: Panel, section: dict[str, object]) -> None:
    """tsconfig*.json. What it `extends` is not followed: a key that goes while `extends` stays may be inherited."""
    options = table(section.get("compilerOptions"))
    inherits = bool(section.get("extends"))
    strict = flag(options.get("strict"))
    at = ("compilerOptions",)
    panel.add("types-silenced", Kind.STRICT, "strict", strict, absent=True if inherits else None, at=(*at, "strict"))
    for key in _STRICT_FAMILY:
        value = options.get(key, strict)
        source = key if key in options else "strict"
        panel.add("types-silenced", Kind.STRICT, key, value, absent=True if inherits else None, at=(*at, source))
    for key in _STRICTER:
        panel.add("types-relaxed", Kind.STRICT, key, options.get(key), absent=True if inherits else None, at=(*at, key))
    for key in _LOOSER:
        panel.add("types-relaxed", Kind.LOOSE, key, options.get(key), at=(*at, key))
    panel.add("types-silenced", Kind.LOOSE, "noCheck", options.get("noCheck"), at=(*at, "noCheck"))
    panel.add(
        "types-relaxed",
        Kind.QUIET,
        "exclude",
        section.get("exclude"),
        blanket=frozenset({"src", "src/**", "src/**/*", "**/*"}),
    )
    panel.add("types-relaxed", Kind.SCOPE, "include", section.get("include"))


def eslint(panel: Panel, data: object) -> None:
    """eslint: a flat configuration (a list of parts) or an .eslintrc with its overrides."""
    for part in rows(data):
        _eslint_part(panel, table(part), (), "")
        for override in rows(table(part).get("overrides")):
            _eslint_part(panel, table(override), ("overrides",), "")


def _eslint_part(panel: Panel, part: dict[str, object], at: tuple[str, ...], scope: str) -> None:
    files = words(part.get("files"))
    scope = f" for {', '.join(sorted(files))}" if files else scope
    for name, setting in table(part.get("rules")).items():
        level, *options = setting if isinstance(setting, list) and setting else [setting]
        _eslint_rule(panel, name, level, options, (*at, "rules", name), scope)
    for key in ("ignores", "ignorePatterns"):
        if not files:
            ignored = frozenset({str(part[key])}) if isinstance(part.get(key), str) else words(part.get(key))
            panel.add(
                "lint-relaxed",
                Kind.QUIET,
                "ignores",
                ignored,
                at=(*at, key),
                blanket=frozenset({"**", "**/*", "src", "src/**", "src/"}),
            )


def _eslint_rule(
    panel: Panel, name: str, level: object, options: list[object], at: tuple[str, ...], scope: str
) -> None:
    rank = _LEVELS.get(f"{level:g}" if isinstance(level, (int, float)) else str(level))
    if rank is None:
        return
    if name in _CEILING_RULES and rank > 0:
        tool = "complexity" if name == "complexity" else "eslint"
        panel.add("threshold-weakened", Kind.CEILING, f"{name}{scope}", _first_limit(options), tool=tool, at=at)
    metric = name in _CEILING_RULES and not scope
    panel.add("threshold-weakened" if metric and rank == 0 else "lint-relaxed", Kind.FLOOR,
    f"level of {name}{scope}", rank,
              at=at, absent=1.0, shown=_LEVEL_NAMES[int(rank)])  # fmt: skip


def _first_limit(options: list[object]) -> float | None:
    return next((found for option in options if (found := _limit(option)) is not None), None)


def _limit(option: object) -> float | None:
    given = table(option)
    return number(given.get("max", given.get("maximum"))) if given else number(option)


def codecov(panel: Panel, section: dict[str, object]) -> None:
    """codecov.yml: targets of the project's and the patch's coverage."""
    for part in ("project", "patch"):
        status = get(section, "coverage", "status", part)
        at = ("coverage", "status", part)
        panel.add(
            "threshold-weakened", Kind.STRICT, part, None if isinstance(status, dict) else status, at=at, absent=True
        )
        for name, raw in table(status).items():
            entry = table(raw)
            panel.add(
                "threshold-weakened", Kind.FLOOR, f"{part} {name} target", entry.get("target"), at=(*at, name, "target")
            )
            allowed = Kind.CEILING
            panel.add(
                "threshold-weakened",
                allowed,
                f"{part} {name} threshold",
                entry.get("threshold"),
                at=(*at, name, "threshold"),
                absent=0.0,
            )
            panel.add(
                "threshold-weakened",
                Kind.LOOSE,
                f"{part} {name} informational",
                entry.get("informational"),
                at=(*at, name),
            )
    panel.add("coverage-narrowed", Kind.QUIET, "ignore", section.get("ignore"))


def size_limit(panel: Panel, data: object) -> None:
    """size-limit (`limit`) and bundlesize (`maxSize`): a list of files with the size that each may have."""
    for index, item in enumerate(rows(data)):
        entry = table(item)
        name = str(entry.get("name") or entry.get("path") or index)
        for key in ("limit", "maxSize"):
            panel.add(
                "size-budget-raised",
                Kind.CEILING,
                f"limit of {name}",
                size(entry.get(key)),
                at=(key,),
                shown=str(entry.get(key)),
            )


def size(value: object) -> float | None:
    """Bytes (or seconds) of "10.5 kB"; a bare number stands for itself."""
    if not isinstance(value, str):
        return number(value)
    digits = "".join(char for char in value if char.isdigit() or char == ".")
    unit = "".join(char for char in value.lower() if char.isalpha())
    amount = number(digits)
    return None if amount is None else amount * _UNITS.get(unit, 1.0)
