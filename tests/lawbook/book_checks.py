"""Runs that proved less than they seemed to, or more than a simpler tool believed."""

from datetime import date

from gatekeeper.model.vocabulary import Ended
from tests.lawbook.dsl import WORKTREE, Law, absent, found, inapplicable, ran, seen

_PYTHON = ("python",)


def _law(id_: str, story: str, verdict: str, *fires: str, **more: object) -> Law:
    heads = more.pop("heads")
    return Law(id_, story, verdict, fires, (WORKTREE, *heads), policy=more.pop("policy", _PYTHON), **more)  # type: ignore[arg-type, misc]


def _tests(**how: object):  # type: ignore[no-untyped-def]
    return seen("tests", run=ran("pytest", **how), passed=0)  # type: ignore[arg-type]


_FAILED = found("tests", "test-failed", None, symbol="tests/test_app.py::test_answer")
_LONG = "assert answer() == 42"
CHECKS = (
    _law("zero-tests", "pytest found nothing to run, and exited with 5; the script swallowed that.", "blocked",
         heads=(_tests(problem="zero tests executed"),)),
    _law("some-tests", "Nine tests ran, nine passed.", "accepted", heads=(seen("tests", passed=9),)),
    _law("all-skipped", "Every test was skipped for a missing variable, and the run was green.", "blocked",
         heads=(_tests(problem="every test was skipped"),)),
    _law("some-skipped", "Three of two hundred tests do not apply here.", "accepted",
         heads=(seen("tests", passed=200, skipped=3),)),
    _law("exit-127-called-pre-existing", "The runner was not there (127), and that was called pre-existing.", "blocked",
         heads=(seen("tests", run=ran("pytest", exit_=127, problem="exit 127: not found", report="missing")),)),
    _law("tool-missing", "mypy is not installed, so there were no type errors.", "blocked",
         heads=(seen("types", run=ran("mypy", exit_=None, ended=Ended.MISSING, report="missing")),)),
    _law("missing-ci-taken-as-passing", "No pipeline had run, and no pipeline was red.", "blocked",
         heads=(absent("ci", "no run of the pipeline for this commit"),),
         gate='[target.ci]\nsurface = "ci"\nprobe = "python probes/ci.py"\n'),
    _law("optional-check-blocked", "A check that is not required could not run; it is listed.", "accepted",
         heads=(seen("tests", passed=9), absent("build", "no network"))),
    _law("timeout-taken-as-red", "The tests were stopped while the machine swapped; nobody's fault, nothing proven.",
         "blocked", heads=(_tests(exit_=None, ended=Ended.TIMEOUT),)),
    _law("killed-for-memory", "The test run was killed for memory; that is no failing test.", "blocked",
         heads=(_tests(exit_=None, ended=Ended.MEMORY),)),
    _law("report-against-the-exit-status", "The report was green, the exit status 1.", "blocked",
         heads=(_tests(exit_=1, problem="the report shows no failure, the exit status does"),)),
    _law("stale-report", "A report of yesterday lay where today's should be.", "blocked",
         heads=(_tests(problem="the report is older than the run", report="stale"),)),
    _law("failing-test", "One test fails.", "rejected", "tests/test-failed",
         heads=(seen("tests", _FAILED, passed=8, failed=1),)),
    _law("failing-test-at-base-too", "One test fails, and failed before.", "rejected", "tests/test-failed",
         heads=(seen("tests", _FAILED, passed=8, failed=1),), bases=(seen("tests", _FAILED, passed=8, failed=1),)),
    _law("new-type-error", "A new type error.", "rejected", "types/arg-type",
         heads=(seen("types", found("types", "arg-type", context=_LONG)),), bases=(seen("types"),)),
    _law("old-type-error-moved", "The type error was there before, thirty lines further up.", "accepted",
         heads=(seen("types", found("types", "arg-type", context=_LONG, line=40)),),
         bases=(seen("types", found("types", "arg-type", context=_LONG, line=10)),)),
    _law("second-error-on-an-old-line", "The same mistake twice, where the base made it once.", "rejected",
         "types/arg-type",
         heads=(seen("types", *(found("types", "arg-type", context=_LONG, line=line) for line in (10, 20))),),
         bases=(seen("types", found("types", "arg-type", context=_LONG, line=10)),)),
    _law("function-grew-worse", "A function that was too complex before became worse.", "rejected",
         "complexity/complexity",
         heads=(seen("complexity", found("complexity", "complexity", symbol="f", measure=22.0)),),
         bases=(seen("complexity", found("complexity", "complexity", symbol="f", measure=18.0)),)),
    _law("function-was-as-bad", "A function that was too complex before is as it was.", "accepted",
         heads=(seen("complexity", found("complexity", "complexity", symbol="f", measure=18.0)),),
         bases=(seen("complexity", found("complexity", "complexity", symbol="f", measure=18.0)),)),
    _law("check-that-rewrites-the-tree", "The linter repaired the file that it was to judge.", "rejected",
         "lint/tree-changed", heads=(seen("lint", found("lint", "tree-changed")),)),
    _law("waiver-that-holds", "A finding that somebody answers for until the end of the year.", "accepted",
         heads=(seen("lint", found("lint", "S603", "tools/release.py")),),
         gate='[[waiver]]\ncheck = "lint"\nrule = "S603"\npath = "/tools/release.py"\nreason = "constant"\n'
         "expires = 2026-12-31\n"),
    _law("waiver-that-has-ended", "The same waiver, a year later.", "rejected", "lint/S603", "lint/waiver-expired",
         heads=(seen("lint", found("lint", "S603", "tools/release.py")),), now=date(2027, 11, 1),
         gate='[[waiver]]\ncheck = "lint"\nrule = "S603"\npath = "/tools/release.py"\nreason = "constant"\n'
         "expires = 2026-12-31\n"),
    _law("nothing-to-build", "A project without a build system has nothing to build.", "accepted",
         heads=(seen("tests", passed=9), inapplicable("build", "no build system at base"))),
    _law("build-that-fails", "The wheel cannot be built.", "rejected", "build/build-failed",
         policy=("python", "strict"), heads=(seen("build", found("build", "build-failed", None)),)),
)  # fmt: skip
