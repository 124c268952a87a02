"""The settings of jest, vitest, mocha, playwright, nyc and c8 that make them ask for less."""

from collections.abc import Iterator

from gatekeeper.integrity.knobs import Kind, Panel
from gatekeeper.integrity.reading.data import flag, number, rows, table

_COVERAGE = "coverage threshold"
"""One name for jest, vitest, nyc and c8: a threshold that moves with its runner is the same."""
_NO_CODE = ("css", "less", "scss", "svg", "png", "jpg", "woff")
_METRICS = ("lines", "functions", "branches", "statements")


def thresholds(panel: Panel, values: object, at: tuple[str, ...]) -> None:
    """Coverage thresholds of jest, vitest, nyc and c8: per metric, globally and per glob."""
    for key, value in table(values).items():
        if key in (*_METRICS, "100"):
            lowest = number(value) if key != "100" else 100.0 if flag(value) else None
            panel.add(
                "threshold-weakened",
                Kind.FLOOR,
                key if key in _METRICS else "of 100",
                lowest,
                tool=_COVERAGE,
                at=(*at, key),
            )
        elif key == "perFile":
            panel.add("threshold-weakened", Kind.STRICT, "perFile", value, tool=_COVERAGE, at=(*at, key))
        elif isinstance(value, dict):
            scope = "" if key == "global" else f"{key} "
            for metric in _METRICS:
                panel.add(
                    "threshold-weakened",
                    Kind.FLOOR,
                    f"{scope}{metric}",
                    value.get(metric),
                    tool=_COVERAGE,
                    at=(*at, key, metric),
                )


def jest(panel: Panel, section: dict[str, object]) -> None:
    """jest.config.*, or "jest" in package.json."""
    thresholds(panel, section.get("coverageThreshold"), ("coverageThreshold",))
    _replaced_modules(panel, section.get("moduleNameMapper"), ("moduleNameMapper",))
    panel.add("coverage-narrowed", Kind.QUIET, "coveragePathIgnorePatterns", section.get("coveragePathIgnorePatterns"))
    panel.add("test-runner-relaxed", Kind.LOOSE, "passWithNoTests", section.get("passWithNoTests"), adopted=False)
    panel.add(
        "test-runner-relaxed",
        Kind.LOOSE,
        "testNamePattern",
        bool(section.get("testNamePattern")) or None,
        adopted=False,
    )


def vitest(panel: Panel, section: dict[str, object]) -> None:
    """The "test" part of vitest.config.* or vite.config.*."""
    for test in _projects(section):
        coverage = table(test.get("coverage"))
        at = ("test", "coverage")
        _replaced_modules(panel, test.get("alias"), ("test", "alias"))
        thresholds(panel, coverage.get("thresholds"), (*at, "thresholds"))
        thresholds(panel, {key: coverage[key] for key in _METRICS if key in coverage}, at)
        panel.add("coverage-narrowed", Kind.QUIET, "coverage exclude", coverage.get("exclude"), at=(*at, "exclude"))
        panel.add("coverage-narrowed", Kind.SCOPE, "coverage include", coverage.get("include"), at=(*at, "include"))
        for key in ("passWithNoTests", "dangerouslyIgnoreUnhandledErrors", "allowOnly"):
            panel.add("test-runner-relaxed", Kind.LOOSE, key, test.get(key), at=("test", key), adopted=False)
        pattern = bool(test.get("testNamePattern")) or None
        panel.add(
            "test-runner-relaxed", Kind.LOOSE, "testNamePattern", pattern, at=("test", "testNamePattern"), adopted=False
        )
        panel.add(
            "test-runner-loosened", Kind.CEILING, "retry", number(test.get("retry")), absent=0.0, at=("test", "retry")
        )
        ignores = table(test.get("typecheck")).get("ignoreSourceErrors")
        panel.add(
            "types-silenced", Kind.LOOSE, "ignoreSourceErrors", ignores, at=("test", "typecheck", "ignoreSourceErrors")
        )


def _replaced_modules(panel: Panel, mapping: object, at: tuple[str, ...]) -> None:
    """Names that tests import and get another module for; styles and pictures have nothing to test."""
    names = frozenset(name for name in table(mapping) if not any(end in name for end in _NO_CODE))
    panel.add("test-runner-loosened", Kind.QUIET, "modules replaced", names, at=at)


def _projects(section: dict[str, object]) -> Iterator[dict[str, object]]:
    for part in rows(section.get("test")):
        yield table(part)


def playwright(panel: Panel, section: dict[str, object]) -> None:
    """playwright.config.*."""
    panel.add("test-runner-relaxed", Kind.STRICT, "forbidOnly", section.get("forbidOnly"))
    panel.add("test-runner-loosened", Kind.CEILING, "retries", number(section.get("retries")), absent=0.0)
    for key in ("grep", "grepInvert"):
        panel.add("test-runner-relaxed", Kind.LOOSE, key, bool(section.get(key)) or None, adopted=False)


def mocha(panel: Panel, section: dict[str, object]) -> None:
    """.mocharc.*, or "mocha" in package.json."""
    panel.add("test-runner-relaxed", Kind.STRICT, "forbid-only", section.get("forbid-only", section.get("forbidOnly")))
    panel.add("test-runner-loosened", Kind.CEILING, "retries", number(section.get("retries")), absent=0.0)
    for key in ("grep", "invert", "fgrep", "pass-on-failing-test-suite", "passOnFailingTestSuite"):
        panel.add("test-runner-relaxed", Kind.LOOSE, key, bool(section.get(key)) or None, adopted=False)


def nyc(panel: Panel, section: dict[str, object]) -> None:
    """nyc and c8, which read the same keys."""
    thresholds(panel, section, ())
    checks = section.get("check-coverage", section.get("checkCoverage"))
    panel.add("threshold-weakened", Kind.STRICT, "check-coverage", checks, at=("check-coverage",))
    panel.add("coverage-narrowed", Kind.QUIET, "exclude", section.get("exclude"))
    panel.add("coverage-narrowed", Kind.SCOPE, "include", section.get("include"))
